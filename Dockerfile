# Youju: the service and the command line in one image that needs no network to run. See docs/containers.md.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS base
# libgomp1 is wanted by torch and llama.cpp. Its version is the base image's matter: pinned, it would soon be gone there.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*

# Installs the project and prepares the models. Nothing of this stage is in the image but the two folders copied below.
FROM base AS build
ENV PATH=/opt/youju/venv/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    YOUJU_CACHE_DIR=/opt/youju/cache
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY youju ./youju
COPY ingest ./ingest
COPY service ./service
RUN python -m venv /opt/youju/venv
# More options for pip, such as the index of a CPU build of torch; several are possible, hence no quotes below.
# No passwords: build arguments are kept in records.
ARG PIP_ARGS=""
RUN --mount=type=cache,target=/root/.cache/pip pip install -c constraints.txt '.[models]' ${PIP_ARGS}
# A stamp notes the time of a checked model file, and layers keep whole seconds only: the file gets such a time and is
# checked once more, so that no container reads it again or wants to write. Then the packages that carried the models
# are removed, and everyone may read what is left.
RUN --network=none youju models prepare \
    && find "${YOUJU_CACHE_DIR}" -name '*.gguf' -exec touch --date=2000-01-01T00:00:00Z {} + \
    && youju models prepare \
    && python -c "import tomllib; \
        extras = tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']; \
        print(*extras['models'], sep='\n')" > models.txt \
    && pip uninstall --yes --requirement models.txt \
    && find "${YOUJU_CACHE_DIR}" -name '.*.lock' -delete \
    && chmod -R u=rwX,go=rX "${YOUJU_CACHE_DIR}"

FROM base
ARG UID=10001
ARG GID=10001
RUN groupadd --non-unique --gid "${GID}" youju \
    && useradd --non-unique --uid "${UID}" --gid "${GID}" --no-log-init --no-create-home --home-dir /tmp youju \
    && install --directory --owner="${UID}" --group="${GID}" /data
COPY --from=build /opt/youju/cache /opt/youju/cache
COPY --from=build /opt/youju/venv /opt/youju/venv
ENV PATH=/opt/youju/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    HF_HUB_OFFLINE=1 \
    YOUJU_CACHE_DIR=/opt/youju/cache \
    YOUJU_DATA_DIR=/data \
    YOUJU_HOST=0.0.0.0 \
    YOUJU_PORT=8000
WORKDIR /opt/youju
USER ${UID}:${GID}
# Fails the build if a library is missing, or if the models want packages, the network or a cache that can be written.
RUN --network=none python -c "import faiss, sentence_transformers, xllamacpp" && youju models prepare
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; \
        url = 'http://127.0.0.1:' + os.environ['YOUJU_PORT'] + '/healthz'; \
        r.build_opener(r.ProxyHandler({})).open(url, timeout=4)"]
ENTRYPOINT ["youju"]
CMD ["serve"]
