# Two stages: the first installs, the second runs what was installed and nothing else.
FROM python:3.13-slim AS build
WORKDIR /app
# requirements-rescore.txt makes an image that rescores stored comments, too; requirements-tracing.txt
# one that sends traces.
ARG REQUIREMENTS=requirements.txt
COPY locks locks
# Wheels alone, each with its hash: no package runs code of its own while it is installed.
RUN python -m venv /app/venv \
    && /app/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r "locks/$REQUIREMENTS"

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home moderation
WORKDIR /app
COPY --from=build /app/venv venv
COPY gunicorn.conf.py .
COPY service service
COPY model model
# What /model shows (decision 0023).
COPY docs/model docs/model
ENV PATH=/app/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/app/cache \
    NUMBA_CPU_NAME=generic \
    BIND=0.0.0.0:8000
# Compiled here, for any processor, so that no start has to (decision 0010).
RUN python -c "from pathlib import Path; from model.artefact import load_scorer; from model.sieve import Sieve; \
    s = load_scorer(Path('model/artefacts/en')); s.score_and_sift(['Compile.'], Sieve(s.normaliser, ['ab'], ['cd']))" \
    && chown -R 10001 /app/cache
# All else that is written is the workers' heartbeat, in /dev/shm: run with --read-only.
VOLUME /app/cache
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["gunicorn"]
