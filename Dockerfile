# Built in one stage, run in another: the image has no compiler, no pip cache and no sources.
FROM python:3.12-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY ometria_import ./ometria_import

# What else to install: "emulator" for the emulator of the push API, "remote" for s3, gs and sftp.
ARG EXTRAS=""
RUN python -m venv /opt/ometria \
    && /opt/ometria/bin/pip install ".${EXTRAS:+[${EXTRAS}]}"


FROM python:3.12-slim

RUN groupadd --gid 1000 ometria \
    && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /data ometria \
    && install -d -m 0700 -o ometria -g ometria /data

COPY --from=build /opt/ometria /opt/ometria

ENV PATH="/opt/ometria/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# Settings, exports and `.ometria-import/` with packages, runs and logs.
WORKDIR /data
VOLUME ["/data"]
# A number, so that Kubernetes sees that it is not root.
USER 1000:1000

ENTRYPOINT ["ometria-import"]
CMD ["--help"]
