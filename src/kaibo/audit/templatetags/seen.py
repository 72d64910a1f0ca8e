"""{% seen form record %}: the hidden field by which a verb knows what the writer of this form saw."""

from django import forms, template
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kaibo.audit.seen import mark, seen_in

FIELD = '<input type="hidden" name="seen" value="{}">'
register = template.Library()


@register.simple_tag
def seen(form: forms.BaseForm | None, record: Model) -> SafeString:
    """`form`: none where a button or bare fields stand for one."""
    if not form:
        return format_html(FIELD, mark(record))
    # a refused verb may have left its values on the record that the page has
    now = type(record)._base_manager.get(pk=record.pk) if form.is_bound else record
    return format_html(FIELD, seen_in(form, mark(now)))
