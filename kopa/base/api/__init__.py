"""What every list, error and text of the API has in common (docs/api.md).

An app's ``api.py`` writes serializers (``texts.TextField`` for what exists in three languages) and
viewsets (``views.ReadingViewSet``); ``kopa.portal.api`` gives them their addresses. Nothing is imported here:
the settings of Django REST framework name modules of this package while it is being imported.
"""
