"""Pages of imports: upload, mapping with its preview, progress, result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from leads.domain.importing import kind_named
from leads.forms.imports import KINDS_COMPLETED, DoubtsForm, MappingForm, UploadForm
from leads.models import ImportRun
from leads.permissions import can_import
from leads.selectors.imports import (
    counted,
    import_list,
    is_waiting_to_go_on,
    kept_words,
    reject_columns,
    rejected_rows,
    shown_rejects,
)
from leads.services.importing import cancel_run, create_run, preview_run, start_run
from leads.services.importing.preview import Preview
from leads.services.importing.runs import keep_mapping, run_for, run_to_map
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.lib.tabular import Layout, stream_rows
from smarketing.web.paging import page_of
from smarketing.web.render import render_page

SHOWN_REJECTS = 20


def imports(request: AuthenticatedRequest) -> HttpResponse:
    """Every import, newest first."""
    require(can_import, request.user)
    page = page_of(import_list(request.user), order="-created_at", cursor=request.GET.get("cursor", ""))
    return render_page(request, "leads/import_list.html", {"page": page})


def import_upload(request: AuthenticatedRequest) -> HttpResponse:
    """Handing in a file."""
    require(can_import, request.user)
    initial = {"kind": request.GET.get("kind", ImportRun.Kind.LEADS)}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        run = create_run(
            form.cleaned_data["kind"], filename=file.name, chunks=file.chunks(), actor=request.user, now=now()
        )
        return redirect("leads:import-detail", run.pk)
    return render_page(request, "leads/import_upload.html", {"form": form}, status=422 if form.errors else 200)


def import_detail(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """One import: its mapping before it starts, its progress and its result after."""
    run = run_for(request.user, pk)
    if run.state == ImportRun.State.UPLOADED:
        form = MappingForm(run=run)
        preview = preview_run(run, run.mapping, run.defaults, now=now())
        return render_page(request, "leads/import_mapping.html", _mapping_context(run, form, preview))
    context = {
        "run": run,
        "rejects": shown_rejects(run, SHOWN_REJECTS),
        "counted": counted(run),
        "refused_unit": "row" if run.rows_rejected == 1 else "rows",
        "may_keep": run.kind in KINDS_COMPLETED,
        "shown_rejects": f"the first {SHOWN_REJECTS}" if run.rows_rejected > SHOWN_REJECTS else "",
        "columns": reject_columns(run)[:-1],
        "added_url": f"{reverse('leads:lead-list')}?imported={run.pk}" if run.created_ids else "",
        "kept": kept_words(run),
        "waits": is_waiting_to_go_on(run),
    }
    parts = ["import-progress", "import-cancel"] if run.finished_at else ["import-progress"]
    return render_page(request, "leads/import_result.html", context, partial=parts)


def import_preview(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """What a mapping would do, before anything is written. The mapping is kept; the address opened shows the import."""
    require(can_import, request.user)
    if request.method != "POST":
        return redirect("leads:import-detail", pk)
    run = run_to_map(request.user, pk)
    form = MappingForm(request.POST, run=run)
    form.is_valid()
    keep_mapping(pk, form.mapping(), form.defaults(), form.choices(), actor=request.user, now=now())
    preview = preview_run(run, form.mapping(), form.defaults(), form.choices(), now=now())
    context = _mapping_context(run, form, preview)
    return render_page(request, "leads/import_mapping.html", context, partial="import-preview")


@require_POST
def import_start(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Putting the import into the queue."""
    run = run_to_map(request.user, pk)
    form = MappingForm(request.POST, run=run)
    if form.is_valid():
        start_run(pk, form.mapping(), form.defaults(), form.choices(), actor=request.user, now=now())
        return redirect("leads:import-detail", pk)
    preview = preview_run(run, form.mapping(), form.defaults(), form.choices(), now=now())
    return render_page(request, "leads/import_mapping.html", _mapping_context(run, form, preview), status=422)


def _mapping_context(run: ImportRun, form: MappingForm, preview: Preview) -> dict[str, Any]:
    kind = kind_named(run.kind)
    return {"run": run, "form": form, "preview": preview, "doubts": DoubtsForm(preview), "kind": kind}


@require_POST
def import_cancel(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Stopping an import; what has gone in stays."""
    cancel_run(pk, actor=request.user, now=now())
    messages.success(request, "The import is cancelled; what had gone in stays.")
    return redirect("leads:import-detail", pk)


def import_rejects(request: AuthenticatedRequest, pk: int) -> StreamingHttpResponse:
    """The refused rows as a file, each with its reason, ready to be corrected and sent again."""
    run = run_for(request.user, pk)
    heading = reject_columns(run)
    # As the file came, so that the spreadsheet that wrote it reads it again.
    delimiter = Layout.from_json(run.layout).delimiter

    def lines() -> Iterator[list[str]]:
        width = len(heading) - 1
        for _, cells, reason in rejected_rows(run):
            yield [*cells[:width], *[""] * (width - len(cells)), reason, *cells[width:]]

    response = StreamingHttpResponse(
        stream_rows(heading, lines(), delimiter=delimiter), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}-refused.csv"'
    return response
