"""HTTP: the application, what every request passes, routes. The only place that knows FastAPI."""
