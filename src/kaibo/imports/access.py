"""Who may upload files and see batches: leads and owners. No row and no right look the same: 404."""

from django.db.models import QuerySet
from django.http import Http404

from kaibo.imports.models import Batch, Mapping, Upload, UploadState
from kaibo.login.models import User


def require_importer(user: User) -> None:
    """Leads and owners only; else Http404."""
    if not user.is_lead:
        raise Http404


def find_batch(user: User, pk: int) -> Batch:
    """The batch, if this user may see batches; else Http404."""
    require_importer(user)
    batch = Batch.objects.filter(pk=pk).select_related("by").first()
    if batch is None:
        raise Http404
    return batch


def visible_batches(user: User) -> QuerySet[Batch]:
    """Every batch, newest first, for those who may see them; else Http404."""
    require_importer(user)
    return Batch.objects.select_related("by")


def find_upload(user: User, pk: int) -> Upload:
    """The upload, if this user may import; else Http404."""
    require_importer(user)
    upload = Upload.objects.filter(pk=pk).select_related("job", "batch", "by").first()
    if upload is None:
        raise Http404
    return upload


def recent_uploads(user: User) -> QuerySet[Upload]:
    """Uploads that are not put away, newest first."""
    require_importer(user)
    return Upload.objects.exclude(state=UploadState.DISCARDED).select_related("job", "batch", "by")


def visible_mappings(user: User) -> QuerySet[Mapping]:
    """Every mapping with its versions, for those who may import; else Http404."""
    require_importer(user)
    return Mapping.objects.prefetch_related("versions__by")


def find_mapping(user: User, pk: int) -> Mapping:
    """The mapping, if this user may import; else Http404."""
    mapping = visible_mappings(user).filter(pk=pk).first()
    if mapping is None:
        raise Http404
    return mapping
