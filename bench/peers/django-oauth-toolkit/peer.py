"""django-oauth-toolkit as a peer to measure beside: a site with it alone, without debugging.

Opaque access tokens, in the PostgreSQL database that the environment names. Run as a program it
makes its tables and one client, whose id and secret are its arguments.
"""

import os
import secrets
import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import include, path

settings.configure(
    SECRET_KEY=os.environ.get("PEER_KEY", secrets.token_urlsafe(50)),
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "oauth2_provider",
    ],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PEER_DATABASE"],
            "USER": os.environ["PEER_USER"],
            "HOST": os.environ["PEER_HOST"],
            "CONN_MAX_AGE": None,
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING_CONFIG=None,
    OAUTH2_PROVIDER={"ACCESS_TOKEN_EXPIRE_SECONDS": 3600, "SCOPES": {"read": "Read"}},
)
application = get_wsgi_application()
urlpatterns = [
    path("", lambda _: HttpResponse()),  # says that it is there
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


def set_up(client_id: str, client_secret: str) -> None:
    """Make the tables and the client.

    Its secret is kept as it is: hashed, as it would be without being told so, each question would
    cost a password hash, and that would be all that is measured.
    """
    from django.core.management import call_command
    from oauth2_provider.models import get_application_model

    call_command("migrate", verbosity=0)
    get_application_model().objects.create(
        client_id=client_id,
        client_secret=client_secret,
        hash_client_secret=False,
        client_type="confidential",
        authorization_grant_type="client-credentials",
        name="bench",
    )


if __name__ == "__main__":
    set_up(*sys.argv[1:])
