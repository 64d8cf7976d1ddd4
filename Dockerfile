# syntax=docker/dockerfile:1
# Two stages: the first builds a wheel and a virtual environment with pinned, hashed packages; the second holds only the result.
FROM python:3.12-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
# For replicas: --build-arg PINS=requirements-postgres.txt
ARG PINS=requirements.txt
RUN python -m venv /opt/loaban
COPY requirements.txt requirements-postgres.txt ./
RUN /opt/loaban/bin/pip install --require-hashes -r "$PINS"
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY intents ./intents
COPY content ./content
COPY locales ./locales
RUN /opt/loaban/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . && /opt/loaban/bin/pip install --no-deps /wheels/*.whl
# The matcher is built here once, so that the first answer of a container does not wait for it.
RUN LOABAN_CACHE=/var/cache/loaban /opt/loaban/bin/loaban ask "xin chào" && /opt/loaban/bin/loaban check
# Of which parts all this consists: docker run --rm --entrypoint cat IMAGE /opt/loaban/loaban.cdx.json
COPY release ./release
RUN python -m release.materials "$PINS" /opt/loaban/loaban.cdx.json

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home --home-dir /home/loaban loaban && install -d -o loaban /data
# The code belongs to root, so that whoever gets into the process cannot change it; the cache is read by its owner only.
COPY --from=build /opt/loaban /opt/loaban
COPY --from=build --chown=loaban /var/cache/loaban /var/cache/loaban
ENV PATH=/opt/loaban/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LOABAN_DB=/data/loaban.db LOABAN_PROPOSALS=/data/proposals LOABAN_CACHE=/var/cache/loaban LOABAN_LOG_FORMAT=json
USER loaban
WORKDIR /data
VOLUME /data
# Asked every half minute: is the database there, and did the process look for updates within the last minutes?
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["loaban", "health"]
ENTRYPOINT ["loaban"]
CMD ["run"]
