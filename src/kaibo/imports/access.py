"""Who may see files and batches, and who may import. No row and no right look the same: 404."""

from django.db.models import QuerySet
from django.http import Http404

from kaibo.imports.models import Batch, Mapping, Upload, UploadState
from kaibo.login.models import User
from kaibo.login.rights import Right


def require_files(user: User, right: Right = Right.SEE_FILES) -> None:
    """Who may see files (or import them) only; else Http404."""
    if not user.can(right):
        raise Http404


def find_batch(user: User, pk: int, right: Right = Right.SEE_FILES) -> Batch:
    """The batch, if this user may see batches, or do with them what is asked; else Http404."""
    require_files(user, right)
    batch = Batch.objects.filter(pk=pk).select_related("by").first()
    if batch is None:
        raise Http404
    return batch


def visible_batches(user: User) -> QuerySet[Batch]:
    """Every batch, newest first, for those who may see them; else Http404."""
    require_files(user)
    return Batch.objects.select_related("by")


def find_upload(user: User, pk: int, right: Right = Right.SEE_FILES) -> Upload:
    """The upload, if this user may see files, or import them; else Http404."""
    require_files(user, right)
    upload = Upload.objects.filter(pk=pk).select_related("job", "batch", "by").first()
    if upload is None:
        raise Http404
    return upload


def recent_uploads(user: User) -> QuerySet[Upload]:
    """Uploads that are not put away, newest first."""
    require_files(user)
    return Upload.objects.exclude(state=UploadState.DISCARDED).select_related("job", "batch", "by")


def visible_mappings(user: User) -> QuerySet[Mapping]:
    """Every mapping with its versions, for those who may see files; else Http404."""
    require_files(user)
    return Mapping.objects.prefetch_related("versions__by")


def find_mapping(user: User, pk: int, right: Right = Right.SEE_FILES) -> Mapping:
    """The mapping, if this user may see files, or import them; else Http404."""
    require_files(user, right)
    mapping = visible_mappings(user).filter(pk=pk).first()
    if mapping is None:
        raise Http404
    return mapping
