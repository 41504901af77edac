"""`GET /metrics`: what the service counts and measures, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

router = APIRouter(tags=["operation"])


@router.get(
    "/metrics",
    response_class=Response,
    summary="Metrics for Prometheus",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """In Prometheus' text format, or as OpenMetrics with `Accept: application/openmetrics-text`."""
    body, media_type = await request.app.state.metrics.exposition(request.headers.get("accept", ""))
    return Response(body, media_type=media_type)
