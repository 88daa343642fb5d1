import time, pytest, collections
from tests.support.matrix import *
pytestmark = pytest.mark.django_db
def test_x(everybody, ours, theirs):
    t=time.time(); n=0; slow=collections.Counter()
    for r in routes():
        if r.pattern.startswith("accounts/"): continue
        for m in METHODS:
            line=[]
            first=[everybody[k].ask(m, r.address(ours), api=r.is_api).status for k in ('manager','admin')]
            for name,c in everybody.items():
                if 405 in first and name not in ('anonymous','outsider'): continue
                t0=time.time()
                a=c.ask(m, r.address(ours), api=r.is_api); n+=1
                slow[(r.pattern,m)]+=time.time()-t0
                line.append((name,a.status))
                low=a.body.lower()
                bad = b"canary-alpha" if name in("outsider","rival","anonymous","expired","revoked") else b"canary-omega"
                if bad in low: print("LEAK",r.pattern,m,name,a.status)
                if a.status>=500: print("FAULT",r.pattern,m,name,a.status, a.body[:200])
            by=collections.defaultdict(list)
            for k,v in line: by[v].append(k)
            if set(by)-{405,401,302,403} : print(r.pattern,m,dict(by))
    print(n,time.time()-t); print(slow.most_common(15))
