"""The application, for `flask --app run` and gunicorn."""

from app import create_app

app = create_app()
