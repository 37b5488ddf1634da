"""The search of study places behind one small interface: a query in, a result with facets and reasons out.

``search(query, now=...)`` in ``offerings.search.engine`` answers; pages, the API and later alerts ask it.
"""
