"""The same search as it is usually written: Django REST framework, django-filter, ORM, ``icontains``."""
