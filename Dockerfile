FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 MEDIA_ROOT=/data/media
WORKDIR /app

COPY requirements.lock ./
RUN pip install --require-hashes --requirement requirements.lock

COPY . .
# The volume of uploads takes over the owner of this directory.
RUN useradd --system --uid 10001 --home-dir /app smarketing \
    && mkdir -p /data/media .local/static \
    && chown -R smarketing /data .local
USER smarketing

EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "gunicorn", "smarketing.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "8", "--preload", "--timeout", "120", "--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"]
