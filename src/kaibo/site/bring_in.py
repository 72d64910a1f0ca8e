"""Makes the sample's files and brings them in through the product's own verbs: `python -m kaibo.site.bring_in`.

Interrupted at any point it goes on from there, because every step looks at what is already so.
"""

import hashlib
import json
import os
import shutil
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import django

if __name__ == "__main__":  # settings must be ready before models are imported
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaibo.site.settings")
    django.setup()

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.home.clock import now_ms
from kaibo.home.upload_jobs import read_file
from kaibo.imports.following import follow
from kaibo.imports.landing import land
from kaibo.imports.models import Batch, BatchState
from kaibo.imports.twins import in_use
from kaibo.jobs.models import JobState
from kaibo.jobs.worker import claim_this
from kaibo.jobs.worker import run as run_job
from kaibo.live.importer import follow_batch
from kaibo.login.actions import make_owner
from kaibo.login.models import User
from kaibo.measurement.computing import compute_stale_now
from kaibo.org.actions import apply_organisation
from kaibo.org.handbook import handbook
from kaibo.sample.generate import FurtherFile, Sample, drawn, generate
from kaibo.site import replay, replay_cards, replay_people, replay_reviews
from kaibo.site.demo import MARK, Mark, Say, read_mark
from kaibo.sources.reading import Answers

FILES = "sample-files"


def make(say: Say) -> None:
    """Make the whole sample, or what is left to make of it."""
    mark = read_mark() or newest(timezone.localtime())
    write_mark(mark)
    shown = {"month": f"{mark.month:%Y-%m}"}
    say(_("Making the sample of %(month)s. All names and numbers in it are made up.") % shown)
    folder = Path(settings.KAIBO_HOME) / FILES
    folder.mkdir(exist_ok=True)
    for aside in folder.glob(".*"):  # what a killed run was writing
        shutil.rmtree(aside)

    def writing(_done: int, _total: int, name: str) -> None:
        say(_("Writing %(file)s") % {"file": name})

    bring_in(generate(folder, mark.month, step=writing, settled=mark.settled), say)
    write_mark(replace(mark, done=True))


def bring_in(sample: Sample, say: Say) -> None:
    """Import the files and answer what a person would answer; then compute every month that changed."""
    answers = sample.decisions
    owner = User.objects.filter(username=answers.sign_ins[0].username).first() or make_owner(
        username=answers.sign_ins[0].username, name=answers.sign_ins[0].full_name, password=answers.password
    )
    apply_organisation(by=owner, organisation=handbook())
    for file in sample.imports():
        say(_("Importing %(file)s") % {"file": file.path.name})
        import_file(file, owner)
    say(_("Explaining the rosters: who, which room, which hours"))
    follow_all(owner)
    replay.explain(answers, by=owner)
    replay.fill_departments(answers, by=owner)
    replay.settle_rooms(answers, by=owner)
    replay.settle_further(answers, by=owner)
    replay.make_sign_ins(answers, by=owner)
    replay.settle_duties(answers, by=owner)
    say(_("Confirming %(count)s shifts") % {"count": len(answers.shifts)})
    replay.confirm(answers)
    replay_people.describe_people(answers, by=owner)
    replay.see_off(answers, by=owner)
    replay_cards.publish(sample.story.month, by=owner)
    say(_("Computing what everyone achieved"))
    compute_stale_now()
    keep_unkept_now()
    say(_("Reviewing the months"))
    replay_reviews.review(sample.story.month)
    replay_cards.draft(by=owner)


def import_file(file: FurtherFile, owner: User) -> Batch:
    """The file as a batch in use; a file that is one already stays as it is."""
    path = file.path
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    known = in_use(sha256)
    if known:
        return known
    told = Answers(as_of=file.as_of.isoformat(), **file.told)
    reading = read_file(path, path.name, told, now_ms())
    return land(reading, by=owner, file_name=path.name, sha256=sha256, answers=told, now_ms=now_ms())


def follow_all(owner: User) -> None:
    """Make of every batch what its importer makes of it, here and now; a job that a killed run left is done again."""
    for batch in Batch.objects.filter(state=BatchState.VISIBLE).order_by("pk"):
        job = follow(batch, owner)
        claim_this(job)
        run_job(job, {job.kind: follow_batch})
        job.refresh_from_db()
        if job.state != JobState.DONE:
            raise RuntimeError(job.error)


def newest(now: datetime) -> Mark:
    """The last month whose files can have been drawn by now, with settled refunds if that can be too."""
    month = (now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
    if now < drawn(month, settled=False):
        month = (month - timedelta(days=1)).replace(day=1)
    return Mark(month, settled=now >= drawn(month, settled=True), done=False)


def write_mark(mark: Mark) -> None:
    """Replace the mark as one step, so that a power cut never leaves half of it."""
    path = Path(settings.KAIBO_HOME) / MARK
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(mark), default=str))
    draft.replace(path)


def main() -> None:
    """Make the sample as long as the process that asked for it lives."""
    parent = os.getppid()

    def say(text: str) -> None:
        if os.getppid() != parent:
            raise SystemExit(1)
        print(text, flush=True)

    make(say)


if __name__ == "__main__":
    main()
