"""The address of the ledger: evidence of all vendors."""

from django.urls import path

from vendors.views import ledger

urlpatterns = [path("", ledger.ledger, name="evidence")]
