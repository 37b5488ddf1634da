"""The router of the API: each app brings its viewsets, this file gives them their addresses."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

router = SimpleRouter()
urlpatterns = router.urls
