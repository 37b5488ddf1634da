"""Reads a file that was brought, judges its rows and stages them. Run twice it does the same once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Final

import structlog
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from kopa.audit.models import AuditEvent
from kopa.base.binary import binary_cursor
from offerings.imports.columns import NUMBER, recognise
from offerings.imports.constraints import judge_by_constraints
from offerings.imports.errors import SOMETHING_FAILED, FileRefused
from offerings.imports.reading import MOST_ROWS, Table, is_workbook, read
from offerings.imports.rows import Checked, Rows
from offerings.imports.staging import Staging
from offerings.models import ImportFile, ImportRow, ImportRun, ImportState, Verdict
from providers.models import Organisation

log = structlog.get_logger(__name__)
EVERY: Final = 500  # rows that are looked up together
WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls")


@dataclass(frozen=True, slots=True)
class Progress:
    """How many rows have been looked at, or saved, so far, and of how many: 0 where nobody knows yet."""

    done: int = 0
    of: int = 0


def progress(run: ImportRun) -> Progress:
    done, of = cache.get(f"import.{run.pk}", (0, 0))
    return Progress(min(done, of) if of else done, of)


def say_progress(run: ImportRun, done: int, of: int) -> None:
    cache.set(f"import.{run.pk}", (done, of), 3600)


def forget_progress(run_id: int) -> None:
    cache.delete(f"import.{run_id}")


def check(run_id: int, *, most_rows: int = MOST_ROWS) -> None:
    """The run is checked or refused; one that is neither waiting nor there any more is left alone.

    Whatever goes wrong unforeseen is logged, and the run says so: it never waits for ever.
    """
    try:
        _judge_waiting(run_id, most_rows)
    except Exception:
        log.exception("import not checked", run=run_id)
        _give_up(run_id)
    forget_progress(run_id)


@transaction.atomic
def _judge_waiting(run_id: int, most_rows: int) -> None:
    run = _waiting(run_id)
    if run is None:
        return
    with override(run.language):
        try:
            with transaction.atomic():
                if ImportFile.objects.filter(run=run).exists():
                    _check(run, most_rows)
                else:
                    _check_again(run)
                run.state = ImportState.CHECKED
        except FileRefused as refused:
            run.state, run.refusal = ImportState.REFUSED, str(refused)
    _end(run)


@transaction.atomic
def _give_up(run_id: int) -> None:
    """A new file is refused; rows that were there before stay as they were."""
    run = _waiting(run_id)
    if run is None:
        return
    is_new = ImportFile.objects.filter(run=run).exists()
    run.state = ImportState.REFUSED if is_new else ImportState.CHECKED
    with override(run.language):
        run.refusal = str(SOMETHING_FAILED)
    _end(run)


def _waiting(run_id: int) -> ImportRun | None:
    runs = ImportRun.objects.select_for_update(no_key=True, skip_locked=True)
    return runs.filter(pk=run_id, state=ImportState.WAITING).first()


def _end(run: ImportRun) -> None:
    run.checked_at = timezone.now()
    run.last_event = AuditEvent.objects.aggregate(last=Max("pk"))["last"]
    run.save()
    ImportFile.objects.filter(run=run).delete()


def _check(run: ImportRun, most_rows: int) -> None:
    table, columns = _table(run, most_rows)
    laid_out = _laid_out(columns, len(table.headings))
    judge = Rows(with_what_rules_need(run.provider_id))
    judge.expect_new()
    seen: dict[str | int, int] = {}
    done = 0
    with Staging(run) as staging:
        while batch := list(islice(table.rows, EVERY)):
            say_progress(run, done, table.about)
            done += len(batch)
            rows = [(number, laid_out(texts)) for number, texts in batch]
            for row in judged(judge, rows, seen):
                staging.write(row)
    judge_by_constraints(run)
    count(run)


def _check_again(run: ImportRun) -> None:
    """The rows as they stand now, mended or not, by what is there now."""
    judge = Rows(with_what_rules_need(run.provider_id))
    seen: dict[str | int, int] = {}
    done, of = 0, run.rows.count()
    for batch in batches(run.rows.all()):
        say_progress(run, done, of)
        done += len(batch)
        found = list(judged(judge, [(row.number, row.cells) for row in batch], seen))
        run.rows.filter(number__in=[row.number for row in batch]).delete()
        with Staging(run) as staging:
            for row in found:
                staging.write(row)
    judge_by_constraints(run)
    count(run)


def batches(rows: QuerySet[ImportRow]) -> Iterator[list[ImportRow]]:
    last = 0
    while batch := list(rows.filter(number__gt=last).order_by("number")[:EVERY]):
        last = batch[-1].number
        yield batch


def _laid_out(places: list[tuple[str, int]], width: int) -> Callable[[list[str]], dict[str, str]]:
    """Gives a row's cells by the names of their columns; the last ones of a row may be missing."""
    names = [name for name, _place in places]
    chosen = itemgetter(*(place for _name, place in places))  # two at least: see ``_columns``

    def laid_out(texts: list[str]) -> dict[str, str]:
        if len(texts) < width:
            texts = texts + [""] * (width - len(texts))
        return dict(zip(names, chosen(texts), strict=True))

    return laid_out


def judged(
    judge: Rows, rows: Sequence[tuple[int, dict[str, str]]], seen: dict[str | int, int]
) -> Iterator[Checked]:
    """These rows (number, cells); ``seen`` are the identifiers of the rows before and the courses that they
    speak of, with the rows' numbers.
    """
    judge.look_up([cells for _number, cells in rows])
    for (number, cells), read_row in zip(rows, judge.read(cells for _number, cells in rows), strict=True):
        row = judge.check(number, cells, read_row)
        blame_twin(row, seen)
        yield row


def blame_twin(row: Checked, seen: dict[str | int, int]) -> None:
    """A course stands in one row of a file. ``seen`` as in ``judged``."""
    first = seen.setdefault(row.own_reference, row.number)
    if row.own_reference and first != row.number:
        row.blame("own_reference", _("Row %(row)s has the same identifier.") % {"row": first})
    elif row.offering_id is not None and seen.setdefault(row.offering_id, row.number) != row.number:
        sentence = _("Row %(row)s speaks of the same course.")
        row.blame(NUMBER, sentence % {"row": seen[row.offering_id]})


def with_what_rules_need(provider_id: int) -> Organisation:
    loaded = Organisation.objects.select_related("municipality", "parent__municipality").prefetch_related(
        "licences__municipalities", "member_municipalities__municipality"
    )
    return loaded.get(pk=provider_id)


def _table(run: ImportRun, most_rows: int) -> tuple[Table, list[tuple[str, int]]]:
    """Of a text that only its name calls a workbook, that is said."""
    content = _content(run)
    try:
        table = read(content, most_rows=most_rows)
        return table, _columns(run, table)
    except FileRefused:
        if run.file_name.lower().endswith(WORKBOOKS) and not is_workbook(content):
            said = _("This is no Excel file, whatever its name says. Save it as .xlsx where it was made.")
            raise FileRefused(said) from None
        raise


def _content(run: ImportRun) -> bytes:
    """Fetched as it is: as hexadecimal text, as Django's own cursor has it, it would be twice as long."""
    with binary_cursor() as cursor:
        cursor.execute("select content from offerings_importfile where run_id = %s", [run.pk])
        [[content]] = cursor.fetchall()
    return bytes(content)


def _columns(run: ImportRun, table: Table) -> list[tuple[str, int]]:
    """The known columns, each with its place in a row."""
    columns = [recognise(heading) for heading in table.headings]
    names = [column.name for column in columns if column is not None]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        pairs = zip(table.headings, columns, strict=True)
        said = [heading for heading, column in pairs if column and column.name == twice[0]]
        sentence = _("Two headings mean the same: %(headings)s. Remove one of the columns.")
        quoted = (_("“%(text)s”") % {"text": heading[:60]} for heading in said)
        raise FileRefused(sentence % {"headings": ", ".join(quoted)})
    if "own_reference" not in names or len(names) < 2:
        raise FileRefused(
            _("The first row must hold headings, one of them “Own identifier”. The template shows them all.")
        )
    run.columns = names
    run.ignored = [
        heading[:60]
        for heading, column in zip(table.headings, columns, strict=True)
        if column is None and heading
    ]
    return [(column.name, place) for place, column in enumerate(columns) if column is not None]


def count(run: ImportRun) -> None:
    """The run says how many rows there are of each kind."""
    found = dict(
        ImportRow.objects.filter(run=run).order_by().values_list("verdict").annotate(n=Count("pk"))
    )
    for verdict in Verdict:
        setattr(run, verdict.value, found.get(verdict.value, 0))
