import time, cProfile, pstats, os
from django.urls import reverse
from ramah.desk.tests.conftest import cast
from ramah.desk.tests.test_budget import busy
def test_perf(busy):
    for who in ("ada","ben"):
        b=busy.browser(getattr(busy,who))
        for name,url in (("list",reverse("desk_view",args=["open"])),("conv",reverse("desk_conversation",args=[busy.newest.public_id]))):
            for _ in range(5): r=b.get(url)
            t=time.process_time()
            for _ in range(40): b.get(url)
            print(who,name,round((time.process_time()-t)/40*1000,2),"ms",len(r.content))
            if os.environ.get("PROF"):
                pr=cProfile.Profile(); pr.enable()
                for _ in range(40): b.get(url)
                pr.disable(); pstats.Stats(pr).sort_stats("cumtime").print_stats(70)
