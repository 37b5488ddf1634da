"""A catalogue of invented offerings of any size over the real register, for measuring and trying out."""
