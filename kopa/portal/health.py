"""For the machines that watch the portal: does it live, is it ready, how is it doing."""

from __future__ import annotations

import ipaddress
import threading

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from psycopg_pool import PoolTimeout

from municipalities.models import Municipality

RETRY_AFTER_SECONDS = "5"
# Set once: migrations that are applied stay applied while a process runs.
applied = threading.Event()


@require_safe
@never_cache
def live(_request: HttpRequest) -> HttpResponse:
    """This process answers.

    Asks no server: a probe that fails because of the database would restart the web for it.
    """
    return JsonResponse({"live": True})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers, all migrations are applied and reference data is loaded; else 503."""
    problem = _problem()
    if problem:
        answer = JsonResponse({"ready": False, "problem": problem}, status=503)
        answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return answer
    return JsonResponse({"ready": True})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for who has the token; where everything runs on one machine, for that machine."""
    if not _may_see_metrics(request):
        return HttpResponse("Only with the token, or from the machine itself.\n", "text/plain", status=403)
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def _problem() -> str:
    """What is in the way, as a stable code; empty when nothing is."""
    try:
        if not _migrated():
            return "migrations"
        if not Municipality.objects.exists():
            return "reference_data"
    except (DatabaseError, PoolTimeout):
        return "database"
    return ""


def _migrated() -> bool:
    if not applied.is_set():
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            applied.set()
    return applied.is_set()


def _may_see_metrics(request: HttpRequest) -> bool:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return constant_time_compare(token, settings.METRICS_TOKEN)
    if not settings.EMBEDDED or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # behind a proxy every caller seems to be this machine
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
