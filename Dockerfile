# One image for the server, the worker and every command; compose.yaml says which runs where.
#
# Not built where openspiff is developed, for want of a container engine there: a test reads
# this file and checks that the files, commands and settings that it names exist.

FROM docker.io/library/python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /app
WORKDIR /build
# The locked versions first, by their hashes: a change of our code does not fetch them anew.
COPY requirements/run.txt requirements/run.txt
RUN /app/bin/pip install --require-hashes --requirement requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
# The extras that watch the server and send notices; what they need is not in the lock.
RUN /app/bin/pip install ".[metrics,notices,tracing]"

FROM docker.io/library/python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --no-create-home openspiff \
 && mkdir /data && chown openspiff:openspiff /data
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENSPIFF_HOME=/data \
    OPENSPIFF_MODE=production
USER openspiff
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s CMD ["openspiff", "ready"]
ENTRYPOINT ["openspiff"]
CMD ["serve", "--host", "0.0.0.0"]
