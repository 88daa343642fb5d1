import time
from pathlib import Path
import pytest
from tests.factories.core import NOW, Team
from tests.support.shared_data import shared_data
from vendors.imports.vendors import *
from cdmo_eval.core.policies import Actor
pytestmark = pytest.mark.django_db
M={"legal_name":"vendor.name","fei_number":"site.fei","country":"site.country","city":"site.city"}

def test_x(scope: Actor) -> None:
    p = shared_data("cdmo_sites_named.csv")
    for i in range(2):
        r = check_vendor_file(p, mapping=M, organization=scope.organization, by=scope, now=NOW, only_mapped=True)
        print(r.grouped_problems[:5], r.vendors, r.sites, r.evidence, [c for c in r.changes][:6])
        write_vendor_file(r, by=scope, now=NOW)

def test_big(scope: Actor, tmp_path: Path) -> None:
    p = tmp_path/"big.csv"
    lines=["vendor.name,vendor.integration,vendor.hq_country,site.name,site.fei,site.country,site.dpmm_level,site.single_use_pct,capability.modality,capability.operation,capability.gmp,capability.scale_min,capability.scale_max,capability.batch_unit,capability.phases,capability.lead_time_weeks,service.FORM_DEV.delivery"]
    for i in range(5000):
        lines.append(f"Vendor {i//2},CDMO,DE,Site {i},{3000000000+i},Germany,3,50,MAB,UPSTREAM,yes,200,2000,L,PH1;PH2,{i%50},in_house")
    p.write_text("\n".join(lines)+"\n")
    for i in range(2):
        t=time.time()
        r = check_vendor_file(p, mapping={}, organization=scope.organization, by=scope, now=NOW)
        print(r.grouped_problems[:5], r.vendors, r.sites, r.capabilities, r.evidence, "check", time.time()-t)
        t=time.time()
        write_vendor_file(r, by=scope, now=NOW)
        print("write", time.time()-t)
