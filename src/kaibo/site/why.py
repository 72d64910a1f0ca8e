"""Why the system refused a file, in the installation's language: a number of the system says nothing to people."""

import errno

from django.utils.translation import gettext as _

from kaibo.jobs.full_disk import is_full


def why(error: BaseException, about: object = None) -> str:
    """Common reasons in words, with the file unless it is what the sentence is `about`; any other as it says itself."""
    if is_full(error):
        return _("the disk is full")
    if not isinstance(error, OSError):
        return str(error)
    texts = {
        errno.ENOENT: _("there is no such file or folder"), errno.EACCES: _("no right to read or write it"),
        errno.EPERM: _("no right to read or write it"), errno.EROFS: _("what lies there cannot be changed"),
        errno.EISDIR: _("that is a folder, not a file"), errno.ENOTDIR: _("a part of the path is no folder"),
        errno.EEXIST: _("it is there already; choose another name"),
    }  # fmt: skip
    text = texts.get(error.errno or 0, error.strerror or str(error))
    return f"{text} ({error.filename})" if error.filename and str(error.filename) != str(about) else text
