import pytest
pytestmark = pytest.mark.django_db
import time
from tests.support.world import *
def test_x(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        t=time.time()
        with rich_worlds("alpha","omega") as ws:
            print("BUILD", time.time()-t, ws[0].without_canary)
            with organization_scope(ws[0].organization.pk,"t"):
                print("EMPTY",[m.__name__ for m in tenant_models() if not m._default_manager.exists()])
        print("END", time.time()-t)
