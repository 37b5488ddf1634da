# The image of web, worker and beat (docker-compose.yml). Node.js is needed to build it, not to run it.
FROM python:3.11-slim AS files
WORKDIR /app
COPY requirements.txt requirements-uv.txt requirements-assets.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && uv pip install --system --compile-bytecode --require-hashes -r requirements.txt -r requirements-assets.txt
COPY . .
RUN python manage.py assets && python manage.py compile_texts && python manage.py collectstatic --noinput

FROM python:3.11-slim
WORKDIR /app
COPY requirements.txt requirements-uv.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements.txt \
    && pip uninstall --yes uv \
    && useradd --uid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin kopa \
    && install --directory --owner kopa --mode 0700 /app/var/home
COPY --from=files /app/locale locale
COPY --from=files /app/var/static var/static
COPY --from=files /app/var/assets/data var/assets/data
COPY . .
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 KOPA_HOME=/app/var/home
USER kopa
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", \
     "--blocking-threads", "4", "--no-ws", "--respawn-failed-workers", "--log-level", "warning", \
     "kopa.wsgi:application"]
