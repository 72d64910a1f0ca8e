"""Every address for programs: the rows of test_access that say 401 to every role, since only a token opens them.

What a token of each role may do is in the tests of the API.
"""

TABLE = """
# name                      method path
api:uploads                 POST /api/v1/uploads/
api:upload                  GET  /api/v1/uploads/{upload}/
api:answers                 POST /api/v1/uploads/{upload}/answers/
api:columns                 GET  /api/v1/uploads/{upload}/columns/
api:columns                 POST /api/v1/uploads/{upload}/columns/
api:confirm                 POST /api/v1/uploads/{upload}/confirm/
api:cancel                  POST /api/v1/uploads/{upload}/cancel/
api:batches                 GET  /api/v1/batches/
api:batch                   GET  /api/v1/batches/{batch}/
api:row                     GET  /api/v1/batches/{batch}/rows/2/
api:withdraw                POST /api/v1/batches/{batch}/withdraw/
api:restore                 POST /api/v1/batches/{batch}/restore/
api:hold                    POST /api/v1/batches/{batch}/hold/
api:release                 POST /api/v1/batches/{batch}/release/
api:facts                   GET  /api/v1/facts/
api:sweep                   POST /api/v1/facts/sweep/
api:outages                 GET  /api/v1/outages/
api:outages_add             POST /api/v1/outages/add/
api:outages_edit            POST /api/v1/outages/{outage}/edit/
api:outages_confirm         POST /api/v1/outages/{outage}/confirm/
api:outages_take-back       POST /api/v1/outages/{outage}/take-back/
api:outages_bring-back      POST /api/v1/outages/{outage}/bring-back/
api:responsibilities        GET  /api/v1/responsibilities/
api:responsibilities_add    POST /api/v1/responsibilities/add/
api:responsibilities_end    POST /api/v1/responsibilities/{duty}/end/
api:responsibilities_remove POST /api/v1/responsibilities/{duty}/remove/
api:ad-accounts             GET  /api/v1/ad-accounts/
api:ad-accounts_map         POST /api/v1/ad-accounts/map/
api:targets                 GET  /api/v1/targets/
api:targets_set             POST /api/v1/targets/set/
api:targets_check           POST /api/v1/targets/check/
api:targets_import          POST /api/v1/targets/import/
api:rates                   GET  /api/v1/rates/
api:rates_add               POST /api/v1/rates/add/
api:rates_take-back         POST /api/v1/rates/take-back/
api:readings                GET  /api/v1/readings/
api:readings_add            POST /api/v1/readings/add/
api:readings_take-back      POST /api/v1/readings/{upload}/take-back/
api:decisions               GET  /api/v1/decisions/
api:decisions_settle        POST /api/v1/decisions/settle/
api:decisions_undo          POST /api/v1/decisions/undo/
api:sessions                GET  /api/v1/sessions/
api:sessions_edit           POST /api/v1/sessions/{session}/edit/
api:sessions_join           POST /api/v1/sessions/join/
api:sessions_part           POST /api/v1/sessions/{session}/part/
api:sessions_history        POST /api/v1/sessions/{session}/history/
api:sessions_bridge         POST /api/v1/sessions/{session}/bridge/
api:simulcasts              GET  /api/v1/simulcasts/
api:simulcasts_add          POST /api/v1/simulcasts/add/
api:simulcasts_edit         POST /api/v1/simulcasts/{simulcast}/edit/
api:simulcasts_remove       POST /api/v1/simulcasts/{simulcast}/remove/
api:tag-rules               GET  /api/v1/tag-rules/
api:tag-rules_add           POST /api/v1/tag-rules/add/
api:tag-rules_edit          POST /api/v1/tag-rules/{tag}/edit/
api:tag-rules_retire        POST /api/v1/tag-rules/{tag}/retire/
api:tag-rules_restore       POST /api/v1/tag-rules/{tag}/restore/
api:tag-lists               GET  /api/v1/tag-lists/
api:tag-lists_paste         POST /api/v1/tag-lists/paste/
api:rooms                   GET  /api/v1/rooms/
api:rooms_add               POST /api/v1/rooms/add/
api:rooms_edit              POST /api/v1/rooms/{room}/edit/
api:rooms_merge             POST /api/v1/rooms/{room}/merge/
api:people                  GET  /api/v1/people/
api:people_add              POST /api/v1/people/add/
api:people_appoint          POST /api/v1/people/{host}/appoint/
api:people_end              POST /api/v1/people/{host}/end/
api:people_take-back        POST /api/v1/people/{host}/take-back/
api:people_engage           POST /api/v1/people/{host}/engage/
api:people_stage            POST /api/v1/people/{host}/stage/
api:people_leave            POST /api/v1/people/{host}/leave/
api:people_return           POST /api/v1/people/{host}/return/
api:people_check            POST /api/v1/people/check/
api:people_import           POST /api/v1/people/import/
api:person_month            GET  /api/v1/people/{host}/2026-10/
api:protections             GET  /api/v1/protections/
api:protections_add         POST /api/v1/protections/add/
api:protections_end         POST /api/v1/protections/{protection}/end/
api:departments             GET  /api/v1/departments/
api:departments_add         POST /api/v1/departments/add/
api:departments_edit        POST /api/v1/departments/{department}/edit/
api:departments_close       POST /api/v1/departments/{department}/close/
api:departments_open        POST /api/v1/departments/{department}/open/
api:positions               GET  /api/v1/positions/
api:positions_add           POST /api/v1/positions/add/
api:positions_edit          POST /api/v1/positions/{post}/edit/
api:positions_remove        POST /api/v1/positions/{post}/remove/
api:positions_check         POST /api/v1/positions/check/
api:positions_apply         POST /api/v1/positions/apply/
api:processes               GET  /api/v1/processes/
api:processes_add           POST /api/v1/processes/add/
api:processes_edit          POST /api/v1/processes/{process}/edit/
api:processes_share         POST /api/v1/processes/{process}/share/
api:processes_remove        POST /api/v1/processes/{process}/remove/
api:roles                   GET  /api/v1/roles/
api:roles_give              POST /api/v1/roles/give/
api:roles_end               POST /api/v1/roles/{grant}/end/
api:roles_lend              POST /api/v1/roles/{grant}/lend/
api:jobs                    GET  /api/v1/jobs/
api:jobs_stop               POST /api/v1/jobs/{job}/stop/
api:jobs_again              POST /api/v1/jobs/{job}/again/
api:months                  GET  /api/v1/months/
api:month                   GET  /api/v1/months/2026-10/
api:verify                  POST /api/v1/months/2026-10/verify/
api:sources                 GET  /api/v1/sources/
api:reach                   GET  /api/v1/reach/
api:rejects                 GET  /api/v1/rejects/
api:left-out                GET  /api/v1/left-out/
api:left-out-rows           GET  /api/v1/left-out-rows/
api:mappings                GET  /api/v1/mappings/
api:mappings_rename         POST /api/v1/mappings/{mapping}/rename/
api:mappings_off            POST /api/v1/mappings/{mapping}/off/
api:mappings_on             POST /api/v1/mappings/{mapping}/on/
api:mappings_delete         POST /api/v1/mappings/{mapping}/delete/
"""


def rows() -> list[tuple[str, str, str, list[str]]]:
    """(view name, method, path with {things}, eleven answers) of every line of the table."""
    lines = [line.split() for line in TABLE.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, method, path, ["401"] * 11) for name, method, path in lines]
