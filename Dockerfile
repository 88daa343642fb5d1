# The production image: one image for web, worker, beat, reconciler and migrations (docker-compose.yml).
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt ./
RUN pip install --require-hashes --only-binary=:all: -r requirements.txt
COPY manage.py ./
COPY cdmo_eval cdmo_eval
COPY vendors vendors
COPY scorecards scorecards
COPY templates templates
COPY static static
# Production settings choose the hashed file names; these values end with this command and are no secrets.
RUN CDMO_ENV=production CDMO_HOSTS=build.invalid REDIS_URL=redis://build.invalid \
    DATABASE_URL=postgresql://build.invalid/cdmo DATABASE_OWNER_URL=postgresql://build.invalid/cdmo \
    CDMO_SECRET_KEY=used-once-while-the-image-is-built-never-at-run-time \
    CDMO_TOKEN_PEPPER=used-once-while-the-image-is-built-never-at-run-time \
    python manage.py collectstatic --no-input --verbosity 0 \
 && python -m compileall -q cdmo_eval vendors scorecards

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin cdmo \
 && install -d -o cdmo -g cdmo -m 0750 /data/files
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    CDMO_ENV=production CDMO_PROCESS=web CDMO_FILES=/data/files
USER cdmo
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s CMD ["python", "-m", "cdmo_eval.probe", "web"]
CMD ["gunicorn", "cdmo_eval.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--threads", "8", "--timeout", "60", "--graceful-timeout", "20", "--keep-alive", "5", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]
