"""What the database itself holds of the audit: triggers that chain each event, and that let nothing be taken back.

The one way through is the retention job's: an event over three years old that names an event saying so, and nothing
else of it changes; then its payload may go. A payload comes with its event or never: what is in the chain gets none.
SQLite has SHA256 from Django: nothing but Kaibo can write to its audit.
"""
# every statement is made of our own names
# ruff: noqa: S608

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

from kaibo.audit.chain import ERASING, GENESIS

# never less: law.md's floor for what stands behind scores; the triggers ask the database's own clock
YEARS = 3
TABLES = ("audit_auditevent", "audit_auditpayload", "audit_auditmember", "audit_auditlink", "audit_audittail")
KEPT = ("id", "at", "by_id", "verb", "target_type", "target_id", "payload_digest", "digest")

NEVER = "what the audit says is never changed or removed"
TAIL = "the tail of the audit only moves on"
NO_TAIL = "the audit has lost its tail: kaibo audit verify"
ALONE = "an audit row and its payload are written together"

# name of a trigger → its statement
_SQLITE = {
    "audit_event_new": f"""before insert on audit_auditevent
        when exists (select 1 from audit_auditevent where id = new.id)
        begin select raise(abort, '{NEVER}'); end""",
    "audit_event_kept": f"before delete on audit_auditevent begin select raise(abort, '{NEVER}'); end",
    "audit_event_fixed": f"""before update on audit_auditevent when not (
            old.erased_by is null and new.erased_by is not null
            and {" and ".join(f"new.{name} is old.{name}" for name in KEPT)}
            and old.at < datetime('now', '-{YEARS} years')
            and exists (
                select 1 from audit_auditevent e where e.id = new.erased_by and e.verb = '{ERASING}'
                and e.target_type = 'audit.auditevent' and cast(e.target_id as integer) >= old.id
            ))
        begin select raise(abort, '{NEVER}'); end""",
    "audit_payload_new": f"""before insert on audit_auditpayload when
            exists (select 1 from audit_auditpayload where event_id = new.event_id)
            or exists (select 1 from audit_auditlink where event = new.event_id)
            or not exists (select 1 from audit_auditevent where id = new.event_id)
        begin select raise(abort, '{ALONE}'); end""",
    "audit_payload_kept": f"""before delete on audit_auditpayload
        when not exists (select 1 from audit_auditevent where id = old.event_id and erased_by is not null)
        begin select raise(abort, '{NEVER}'); end""",
    "audit_payload_fixed": f"before update on audit_auditpayload begin select raise(abort, '{NEVER}'); end",
    "audit_member_new": f"""before insert on audit_auditmember when
            exists (select 1 from audit_auditmember where id = new.id)
            or exists (select 1 from audit_auditlink where event = new.event)
            or not exists (select 1 from audit_auditevent where id = new.event)
        begin select raise(abort, '{ALONE}'); end""",
    "audit_member_kept": f"before delete on audit_auditmember begin select raise(abort, '{NEVER}'); end",
    "audit_member_fixed": f"before update on audit_auditmember begin select raise(abort, '{NEVER}'); end",
    # the payload comes last, so all is there
    "audit_payload_chained": f"""after insert on audit_auditpayload begin
        select raise(abort, '{NO_TAIL}') where not exists (select 1 from audit_audittail);
        insert into audit_auditlink (position, event, digest, previous, hash)
            select t.position + 1, e.id, e.digest, t.hash, SHA256(t.hash || '-' || e.id || '-' || e.digest)
            from audit_audittail t join audit_auditevent e on e.id = new.event_id;
        update audit_audittail
            set (position, hash) = (select position, hash from audit_auditlink where event = new.event_id);
        end""",
    "audit_link_new": f"""before insert on audit_auditlink
        when exists (select 1 from audit_auditlink where position = new.position or event = new.event)
        begin select raise(abort, '{NEVER}'); end""",
    "audit_link_kept": f"before delete on audit_auditlink begin select raise(abort, '{NEVER}'); end",
    "audit_link_fixed": f"before update on audit_auditlink begin select raise(abort, '{NEVER}'); end",
    "audit_tail_new": f"""before insert on audit_audittail
        when exists (select 1 from audit_audittail) begin select raise(abort, '{TAIL}'); end""",
    "audit_tail_kept": f"before delete on audit_audittail begin select raise(abort, '{TAIL}'); end",
    "audit_tail_onwards": f"""before update on audit_audittail when not (
            new.id is old.id and new.position = old.position + 1 and exists (
                select 1 from audit_auditlink l
                where l.position = new.position and l.hash = new.hash and l.previous = old.hash
            ))
        begin select raise(abort, '{TAIL}'); end""",
}

_FUNCTIONS = {
    "audit_never": f"""begin
        raise exception '{NEVER}' using errcode = 'integrity_constraint_violation';
    end""",
    "audit_event_fixed": f"""begin
        if old.erased_by is null and new.erased_by is not null
            and {" and ".join(f"new.{name} is not distinct from old.{name}" for name in KEPT)}
            and old.at < now() - interval '{YEARS} years'
            and exists (
                select 1 from audit_auditevent e where e.id = new.erased_by and e.verb = '{ERASING}'
                and e.target_type = 'audit.auditevent' and e.target_id ~ '^[0-9]+$' and e.target_id::bigint >= old.id
            )
        then return new; end if;
        raise exception '{NEVER}' using errcode = 'integrity_constraint_violation';
    end""",
    "audit_payload_new": f"""begin
        if exists (select 1 from audit_auditlink where event = new.event_id)
            or not exists (select 1 from audit_auditevent where id = new.event_id)
        then raise exception '{ALONE}' using errcode = 'integrity_constraint_violation'; end if;
        return new;
    end""",
    "audit_member_new": f"""begin
        if exists (select 1 from audit_auditlink where event = new.event)
            or not exists (select 1 from audit_auditevent where id = new.event)
        then raise exception '{ALONE}' using errcode = 'integrity_constraint_violation'; end if;
        return new;
    end""",
    "audit_payload_kept": f"""begin
        if exists (select 1 from audit_auditevent where id = old.event_id and erased_by is not null)
        then return old; end if;
        raise exception '{NEVER}' using errcode = 'integrity_constraint_violation';
    end""",
    # runs when the verb commits: whoever comes second waits for the first one's commit, not for its verb
    "audit_event_chained": f"""declare tail record; sealed text;
    begin
        if not exists (select 1 from audit_auditpayload where event_id = new.id) then
            raise exception '{ALONE}' using errcode = 'integrity_constraint_violation';
        end if;
        select position, hash into tail from audit_audittail for update;
        if not found then
            raise exception '{NO_TAIL}' using errcode = 'integrity_constraint_violation';
        end if;
        sealed := encode(sha256(convert_to(tail.hash || '-' || new.id || '-' || new.digest, 'UTF8')), 'hex');
        insert into audit_auditlink (position, event, digest, previous, hash)
            values (tail.position + 1, new.id, new.digest, tail.hash, sealed);
        update audit_audittail set position = tail.position + 1, hash = sealed;
        return null;
    end""",
    "audit_tail_onwards": f"""begin
        if tg_op = 'INSERT' then
            if exists (select 1 from audit_audittail) then
                raise exception '{TAIL}' using errcode = 'integrity_constraint_violation';
            end if;
            return new;
        end if;
        if new.id = old.id and new.position = old.position + 1 and exists (
            select 1 from audit_auditlink l
            where l.position = new.position and l.hash = new.hash and l.previous = old.hash
        ) then return new; end if;
        raise exception '{TAIL}' using errcode = 'integrity_constraint_violation';
    end""",
}
_POSTGRES = {
    "audit_event_kept": "trigger {} before delete on audit_auditevent for each row execute function audit_never()",
    "audit_event_whole": "trigger {} before truncate on audit_auditevent execute function audit_never()",
    "audit_event_fixed": (
        "trigger {} before update on audit_auditevent for each row execute function audit_event_fixed()"
    ),
    "audit_event_chained": (
        "constraint trigger {} after insert on audit_auditevent deferrable initially deferred"
        " for each row execute function audit_event_chained()"
    ),
    "audit_payload_new": (
        "trigger {} before insert on audit_auditpayload for each row execute function audit_payload_new()"
    ),
    "audit_payload_kept": (
        "trigger {} before delete on audit_auditpayload for each row execute function audit_payload_kept()"
    ),
    "audit_payload_fixed": "trigger {} before update on audit_auditpayload for each row execute function audit_never()",
    "audit_payload_whole": "trigger {} before truncate on audit_auditpayload execute function audit_never()",
    "audit_member_new": (
        "trigger {} before insert on audit_auditmember for each row execute function audit_member_new()"
    ),
    "audit_member_kept": (
        "trigger {} before delete or update on audit_auditmember for each row execute function audit_never()"
    ),
    "audit_member_whole": "trigger {} before truncate on audit_auditmember execute function audit_never()",
    "audit_link_kept": (
        "trigger {} before delete or update on audit_auditlink for each row execute function audit_never()"
    ),
    "audit_link_whole": "trigger {} before truncate on audit_auditlink execute function audit_never()",
    "audit_tail_kept": "trigger {} before delete on audit_audittail for each row execute function audit_never()",
    "audit_tail_whole": "trigger {} before truncate on audit_audittail execute function audit_never()",
    "audit_tail_onwards": (
        "trigger {} before insert or update on audit_audittail for each row execute function audit_tail_onwards()"
    ),
}


def put_up(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers, anew where they are there."""
    with connection.cursor() as cursor:
        for statement in (*down(connection.vendor), *up(connection.vendor)):
            cursor.execute(statement)


def up(vendor: str) -> Sequence[str]:
    if vendor == "sqlite":
        return [f"create trigger {name} {said}" for name, said in _SQLITE.items()]
    functions = [
        f"create or replace function {name}() returns trigger language plpgsql as $${body}$$"
        for name, body in _FUNCTIONS.items()
    ]
    return [*functions, *(f"create {said.format(name)}" for name, said in _POSTGRES.items())]


def down(vendor: str) -> Sequence[str]:
    if vendor == "sqlite":
        return [f"drop trigger if exists {name}" for name in _SQLITE]
    return [f"drop trigger if exists {name} on {_table(name)}" for name in _POSTGRES]


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that should be there and are not, or that were switched off."""
    if connection.vendor == "sqlite":
        sql, wanted = "select name from sqlite_master where type = 'trigger'", set(_SQLITE)
    else:
        sql, wanted = "select tgname from pg_trigger where not tgisinternal and tgenabled in ('O', 'A')", set(_POSTGRES)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return sorted(wanted - {name for (name,) in cursor.fetchall()})


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """For filling an empty database from a backup, in the caller's transaction; nothing else has a reason to."""
    there = [name for name in TABLES if name in connection.introspection.table_names()]
    with connection.cursor() as cursor:
        for name in there:
            cursor.execute(f"alter table {name} disable trigger user")
    yield
    with connection.cursor() as cursor:
        for name in there:
            cursor.execute(f"alter table {name} enable trigger user")


def first_tail() -> str:
    return f"insert into audit_audittail (id, position, hash) values (1, 0, '{GENESIS}')"


def _table(trigger: str) -> str:
    return f"audit_audit{trigger.split('_')[1]}"
