"""Django's admin of orders with their lines, tuned: related rows joined, remote choices, no second count.

Runs in an environment of its own.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import django
from django.apps import AppConfig
from django.conf import settings


class Config(AppConfig):
    """This file is the whole application."""

    name = "bench.peers"
    label = "bench"


_place = urlsplit(os.environ["DJANGO_URL"])
settings.configure(
    SECRET_KEY="bench" * 8, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True, DEBUG=False,
    LANGUAGE_CODE="zh-hans", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": _place.path[1:], "USER": "postgres", "HOST": _place.hostname,
        "PORT": _place.port, "CONN_MAX_AGE": None,
    }},
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
        "django.contrib.messages", "django.contrib.staticfiles", f"{__name__}.Config",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
        "OPTIONS": {"context_processors": [
            "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]},
    }],
    STATIC_URL="/static/",
)  # fmt: skip
django.setup()

from django.contrib import admin  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402


def link(model: type[models.Model], column: str) -> models.ForeignKey:
    return models.ForeignKey(model, models.DO_NOTHING, db_column=column)


class Table(models.Model):
    class Meta:
        abstract = True
        managed = False
        app_label = "bench"

    def __str__(self) -> str:
        return str(getattr(self, "name", None) or getattr(self, "number", self.pk))


class Customer(Table):
    number = models.CharField(max_length=30)
    name = models.CharField(max_length=120)

    class Meta(Table.Meta):
        db_table = "customer"


class Person(Table):
    name = models.CharField(max_length=120)

    class Meta(Table.Meta):
        db_table = "bench_person"


class Product(Table):
    number = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    model = models.CharField(max_length=120)

    class Meta(Table.Meta):
        db_table = "product"


class Item(Table):
    dictionary = models.CharField(max_length=40)
    label = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.label

    class Meta(Table.Meta):
        db_table = "dictionary_item"


class Warehouse(Table):
    name = models.CharField(max_length=60)

    class Meta(Table.Meta):
        db_table = "warehouse"


class Contact(Table):
    name = models.CharField(max_length=60)

    class Meta(Table.Meta):
        db_table = "contact"


def item(dictionary: str, column: str) -> models.ForeignKey:
    return models.ForeignKey(
        Item, models.DO_NOTHING, db_column=column, null=True, blank=True, related_name="+",
        limit_choices_to={"dictionary": dictionary},
    )  # fmt: skip


class Order(Table):
    number = models.CharField(max_length=30)
    subject = models.CharField(max_length=120)
    customer = link(Customer, "customer_id")
    owner = link(Person, "owner_id")
    signed_on = models.DateField()
    latest_ship_on = models.DateField()
    state = models.CharField(max_length=30, choices=[(s, s) for s in ("draft", "pending", "approved", "rejected")])
    status = models.CharField(max_length=30)
    shipping_status = models.CharField(max_length=30)
    total = models.BigIntegerField()
    receivable = models.BigIntegerField()
    category = item("order_category", "category_id")
    settlement = item("settlement", "settlement_id")
    shipping_method = item("shipping_method", "shipping_method_id")
    warehouse = link(Warehouse, "warehouse_id")
    contact = models.ForeignKey(Contact, models.DO_NOTHING, db_column="contact_id", null=True, blank=True)
    consignee = models.CharField(max_length=60, blank=True)
    consignee_phone = models.CharField(max_length=40, blank=True)
    consignee_address = models.CharField(max_length=200, blank=True)
    remark = models.TextField(blank=True)

    class Meta(Table.Meta):
        db_table = "sales_order"


class Line(Table):
    order = models.ForeignKey(Order, models.DO_NOTHING, db_column="order_id", related_name="lines")
    position = models.IntegerField()
    product = link(Product, "product_id")
    quantity = models.BigIntegerField()
    unit_price = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta(Table.Meta):
        db_table = "sales_order_line"


class LineInline(admin.TabularInline):
    model = Line
    raw_id_fields = ("product",)
    extra = 0


class OrderAdmin(admin.ModelAdmin):
    list_display = (
        "number", "customer", "subject", "total", "receivable", "state", "status", "shipping_status", "signed_on",
        "latest_ship_on", "owner",
    )  # fmt: skip
    list_select_related = ("customer", "owner")
    list_per_page = 50
    list_filter = ("state", "owner")
    search_fields = ("number__exact", "customer__name")
    ordering = ("-id",)
    show_full_result_count = False
    raw_id_fields = ("customer", "owner", "contact")
    inlines = (LineInline,)


admin.site.register(Order, OrderAdmin)
urlpatterns = [path("admin/", admin.site.urls)]
call_command("migrate", verbosity=0)
if not User.objects.filter(username="admin").exists():
    User.objects.create_superuser("admin", "admin@bench.invalid", "bench")
application = get_wsgi_application()
