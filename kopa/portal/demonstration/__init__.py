"""Invented offerings and people, over real municipalities and providers, for trying the portal out."""
