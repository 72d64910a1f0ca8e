"""Who may open what: every address of the product × every role → what they get. An address without a row fails.

Roles: nobody (not signed in), person (林晓彤, whose own things are asked for), lead (吴桐, of the same department),
other (a lead of another department), owner; what the other roles get stands in access_of_roles.py.
Answers: `in` sent to sign in · `no` 404, as if it were not there · `ok` the address works for them (a page, a redirect
elsewhere, 422 for an empty form) · else the status itself.
Whatever is no page is a file to be saved, not shown, and holds no formula that somebody typed.
A new address: add its name, method, path and five answers below, and the rest to access_of_roles.py; or add it to
access_of_programs.py; {things} are made in things.py.
"""

import pytest
from django.test import Client
from django.urls import get_resolver, resolve
from tools import rights

from kaibo.login.models import Role
from tests import access_of_programs, access_of_roles
from tests.asking import addresses, answer, ask, refused_forms
from tests.things import one_of_each

SHOWN = ("nobody", "person", "lead", "other", "owner")
ROLES = (*SHOWN, *access_of_roles.ROLES)
TABLE = """
# name                    method path                                            nobody person lead   other  owner
look:states               GET    /look/                                          in     no     ok     ok     ok
login:sign_in             GET    /sign-in/                                       ok     ok     ok     ok     ok
login:password            GET    /password/                                      in     ok     ok     ok     ok
login:password            POST   /password/                                      in     ok     ok     ok     ok
login:tokens              GET    /tokens/                                        in     ok     ok     ok     ok
login:tokens              POST   /tokens/                                        in     ok     ok     ok     ok
login:second_factor       GET    /sign-in/second/                                in     in     in     in     in
login:second_factor       POST   /sign-in/second/                                in     in     in     in     in
login:company             GET    /sign-in/company/                               no     no     no     no     no
login:company_answer      GET    /sign-in/company/answer/                        no     no     no     no     no
login:confirm             GET    /confirm/                                       in     ok     ok     ok     ok
login:confirm             POST   /confirm/                                       in     ok     ok     ok     ok
login:security            GET    /security/                                      in     ok     ok     ok     ok
login:add_app             GET    /security/app/                                  in     ok     ok     ok     ok
login:add_app             POST   /security/app/                                  in     ok     ok     ok     ok
login:add_passkey         GET    /security/passkey/                              in     ok     ok     ok     ok
login:add_passkey         POST   /security/passkey/                              in     ok     ok     ok     ok
login:remove_factor       POST   /security/factors/1/remove/                     in     ok     ok     ok     ok
login:new_codes           POST   /security/codes/                                in     ok     ok     ok     ok
login:end_sessions        POST   /security/sessions/end/                         in     ok     ok     ok     ok
login:sign_out            POST   /sign-out/                                      in     in     in     in     in
login:invitation          GET    /invitation/{invitation}/                       ok     ok     ok     ok     ok
login:invitation          POST   /invitation/{invitation}/                       ok     ok     ok     ok     ok
login:invitation          GET    /invitation/{reset}/                            no     no     no     no     no
login:reset               GET    /new-password/{reset}/                          ok     ok     ok     ok     ok
login:reset               POST   /new-password/{reset}/                          ok     ok     ok     ok     ok
login:first_run           GET    /start/                                         ok     ok     ok     ok     ok
login:language            POST   /language/                                      ok     ok     ok     ok     ok
login:theme               POST   /theme/                                         ok     ok     ok     ok     ok
home:today                GET    /                                               in     ok     ok     ok     ok
home:upload               GET    /upload/                                        in     no     ok     ok     ok
home:upload               POST   /upload/                                        in     no     ok     ok     ok
home:upload_one           GET    /upload/{upload}/                               in     no     ok     ok     ok
home:upload_one           POST   /upload/{upload}/                               in     no     ok     ok     ok
home:wizard               GET    /upload/{upload}/columns/                       in     no     ok     ok     ok
home:wizard               POST   /upload/{upload}/columns/                       in     no     ok     ok     ok
home:mappings             GET    /mappings/                                      in     no     ok     ok     ok
home:mapping              GET    /mappings/{mapping}/                            in     no     ok     ok     ok
home:mapping              POST   /mappings/{mapping}/                            in     no     ok     ok     ok
home:sources              GET    /sources/                                       in     no     ok     ok     ok
home:audit                GET    /audit/                                         in     no     no     no     ok
home:audit_export         GET    /audit/export/                                  in     no     no     no     ok
imports:batches           GET    /batches/                                       in     no     ok     ok     ok
imports:batch             GET    /batches/{batch}/                               in     no     ok     ok     ok
imports:batch             POST   /batches/{batch}/                               in     no     ok     ok     ok
imports:replaced          GET    /batches/{batch}/replaced/                      in     no     ok     ok     ok
imports:rejects           GET    /batches/{batch}/rejects.csv                    in     no     ok     ok     ok
imports:row               GET    /batches/{batch}/rows/2/                        in     no     ok     ok     ok
jobs:job                  GET    /jobs/{job}/                                    in     no     ok     ok     ok
jobs:job                  POST   /jobs/{job}/                                    in     no     ok     ok     ok
org:people                GET    /people/                                        in     no     ok     ok     ok
org:people_export         GET    /people.xlsx                                    in     no     ok     ok     ok
org:add_person            POST   /people/add/                                    in     no     no     no     ok
org:invitations           GET    /people/invite/                                 in     no     no     no     ok
org:invitations           POST   /people/invite/                                 in     no     no     no     ok
org:import_people         GET    /people/import/                                 in     no     no     no     ok
org:import_people         POST   /people/import/                                 in     no     no     no     ok
org:people_list           GET    /people/import/{list}/                          in     no     no     no     ok
org:people_list           POST   /people/import/{list}/                          in     no     no     no     ok
org:add_department        POST   /departments/add/                               in     no     no     no     ok
org:chart                 GET    /organisation/                                  in     ok     ok     ok     ok
org:chart_export          GET    /organisation.xlsx                              in     ok     ok     ok     ok
org:department            GET    /departments/{department}/                      in     no     no     no     ok
org:department            POST   /departments/{department}/                      in     no     no     no     ok
org:close_department      POST   /departments/{department}/close/                in     no     no     no     ok
org:reopen_department     POST   /departments/{department}/open/                 in     no     no     no     ok
org:duties                GET    /duties/                                        in     ok     ok     ok     ok
org:duties_export         GET    /duties.xlsx                                    in     ok     ok     ok     ok
org:duties_csv            GET    /duties.csv                                     in     ok     ok     ok     ok
org:my_duties             GET    /duties/mine/                                   in     ok     ok     ok     ok
org:edit_duties           GET    /duties/edit/                                   in     no     no     no     ok
org:edit_duties           POST   /duties/edit/                                   in     no     no     no     ok
org:add_process           GET    /duties/add/                                    in     no     no     no     ok
org:add_process           POST   /duties/add/                                    in     no     no     no     ok
org:process               GET    /duties/{process}/                              in     ok     ok     ok     ok
org:process               POST   /duties/{process}/                              in     no     no     no     ok
org:remove_process        POST   /duties/{process}/remove/                       in     no     no     no     ok
org:positions             GET    /positions/                                     in     ok     ok     ok     ok
org:positions_export      GET    /positions.xlsx                                 in     ok     ok     ok     ok
org:position              GET    /positions/{post}/                              in     ok     ok     ok     ok
org:add_position          GET    /positions/add/                                 in     no     no     no     ok
org:add_position          POST   /positions/add/                                 in     no     no     no     ok
org:edit_position         GET    /positions/{post}/edit/                         in     no     no     no     ok
org:edit_position         POST   /positions/{post}/edit/                         in     no     no     no     ok
org:remove_position       POST   /positions/{post}/remove/                       in     no     no     no     ok
org:take_handbook         GET    /positions/handbook/                            in     no     no     no     ok
org:take_handbook         POST   /positions/handbook/                            in     no     no     no     ok
org:person                GET    /people/{host}/                                 in     ok     ok     no     ok
org:rename                POST   /people/{host}/rename/                          in     no     no     no     ok
org:add_alias             POST   /people/{host}/aliases/                         in     no     no     no     ok
org:remove_alias          POST   /people/{host}/aliases/{alias}/remove/          in     no     no     no     ok
org:appoint               POST   /people/{host}/appoint/                         in     no     no     no     ok
org:end_appointment       POST   /people/{host}/appointments/{held}/end/         in     no     no     no     ok
org:take_back_appointment POST   /people/{host}/appointments/{held}/take-back/   in     no     no     no     ok
org:engage                POST   /people/{host}/engagement/                      in     no     no     no     ok
org:take_back_engagement  POST   /people/{host}/engagement/{terms}/take-back/    in     no     no     no     ok
org:move_host             POST   /people/{host}/stage/                           in     no     no     no     ok
org:take_back_stage       POST   /people/{host}/stage/{stage}/take-back/         in     no     no     no     ok
org:protect               POST   /people/{host}/protect/                         in     no     no     no     ok
org:end_protection        POST   /people/{host}/protections/{protection}/end/    in     no     no     no     ok
org:invite                POST   /people/{host}/invite/                          in     no     no     no     ok
org:connect_sign_in       POST   /people/{host}/sign-in/                         in     no     no     no     ok
org:part_sign_in          POST   /people/{host}/sign-in/part/                    in     no     no     no     ok
org:reset_sign_in         POST   /people/{host}/new-password/                    in     no     no     no     ok
org:take_links_back       POST   /people/{host}/links/take-back/                 in     no     no     no     ok
org:take_off_second_factor POST  /people/{host}/second-factor/remove/            in     no     no     no     ok
org:know_by_email         POST   /people/{host}/email/                           in     no     no     no     ok
org:roles                 GET    /roles/                                         in     no     no     no     ok
org:role_holder           GET    /roles/{holder}/                                in     ok     no     no     ok
org:give_role             POST   /roles/{holder}/give/                           in     no     no     no     ok
org:end_role              POST   /roles/{holder}/{grant}/end/                    in     no     no     no     ok
org:lend_role             POST   /roles/{holder}/{grant}/lend/                   in     ok     no     no     no
org:deactivate            POST   /people/{host}/leave/                           in     no     no     no     ok
org:reactivate            POST   /people/{host}/return/                          in     no     no     no     ok
live:shifts               GET    /shifts/                                        in     ok     ok     ok     ok
live:shifts               GET    /shifts/?person={host}                          in     ok     ok     no     ok
live:feed                 GET    /shifts/calendar/                               in     ok     ok     ok     no
live:feed                 POST   /shifts/calendar/                               in     ok     ok     ok     no
live:roster_feed          GET    /roster/{feed}.ics                              ok     ok     ok     ok     ok
live:roster_feed          GET    /roster/made-up.ics                             no     no     no     no     no
live:confirm              POST   /shifts/confirm/                                in     no     ok     ok     ok
live:undo                 POST   /shifts/undo/                                   in     no     ok     ok     ok
live:add_shift            GET    /shifts/add/                                    in     no     ok     ok     ok
live:add_shift            POST   /shifts/add/                                    in     no     ok     ok     ok
live:add_shift            GET    /shifts/add/?instead={shift}                    in     no     ok     no     ok
live:shift                GET    /shifts/{shift}/                                in     ok     ok     no     ok
live:edit_shift           POST   /shifts/{shift}/edit/                           in     no     ok     no     ok
live:absent               POST   /shifts/{shift}/absent/                         in     no     ok     no     ok
live:cancel               POST   /shifts/{shift}/cancel/                         in     no     ok     no     ok
live:lead                 POST   /shifts/{shift}/lead/                           in     no     ok     no     ok
live:flag                 POST   /shifts/{shift}/flag/                           in     ok     no     no     no
live:unflag               POST   /shifts/{shift}/unflag/                         in     ok     ok     no     ok
live:calendar             GET    /calendar/                                      in     ok     ok     ok     ok
live:plan_shift           GET    /calendar/plan/                                 in     no     ok     ok     ok
live:plan_shift           POST   /calendar/plan/                                 in     no     ok     ok     ok
live:replan               GET    /calendar/shifts/{shift}/                       in     no     ok     no     ok
live:replan               POST   /calendar/shifts/{shift}/                       in     no     ok     no     ok
live:take_off             POST   /calendar/shifts/{shift}/take-off/              in     no     ok     no     ok
live:publish              GET    /roster/publish/                                in     no     ok     ok     ok
live:publish              POST   /roster/publish/                                in     no     ok     ok     ok
live:leave                GET    /leave/                                         in     ok     ok     ok     ok
live:leave                POST   /leave/                                         in     ok     ok     ok     ok
live:decide_leave         POST   /leave/{leave}/decide/                          in     no     ok     no     ok
live:withdraw_leave       POST   /leave/{leave}/withdraw/                        in     ok     no     no     no
live:place_room           POST   /rooms/{room}/department/                       in     no     no     no     ok
live:take_room_out        POST   /room-departments/{placed}/remove/              in     no     no     no     ok
live:responsibilities     GET    /rooms/{room}/responsible/                      in     no     ok     ok     ok
live:responsibilities     POST   /rooms/{room}/responsible/                      in     no     no     no     ok
live:end_responsibility   POST   /responsible/{duty}/end/                        in     no     no     no     ok
live:remove_responsibility POST  /responsible/{duty}/remove/                     in     no     no     no     ok
live:ad_accounts          GET    /ad-accounts/                                   in     no     ok     ok     ok
live:ad_accounts          POST   /ad-accounts/                                   in     no     no     no     ok
live:readings             GET    /readings/                                      in     ok     ok     ok     ok
live:readings             POST   /readings/                                      in     ok     ok     ok     ok
live:take_back_reading    POST   /readings/{upload}/take-back/                   in     no     ok     ok     ok
live:outages              GET    /outages/                                       in     ok     ok     ok     ok
live:outages              POST   /outages/                                       in     ok     ok     ok     ok
live:confirm_outages      POST   /outages/confirm/                               in     no     ok     ok     ok
live:outage               GET    /outages/{outage}/                              in     no     ok     ok     ok
live:outage               POST   /outages/{outage}/                              in     no     ok     ok     ok
live:remove_outage        POST   /outages/{outage}/remove/                       in     no     ok     ok     ok
live:rooms                GET    /rooms/                                         in     no     ok     ok     ok
live:add_room             POST   /rooms/add/                                     in     no     no     no     ok
live:room                 GET    /rooms/{room}/                                  in     no     ok     ok     ok
live:edit_room            POST   /rooms/{room}/edit/                             in     no     no     no     ok
live:merge_room           POST   /rooms/{room}/merge/                            in     no     no     no     ok
live:targets              GET    /targets/                                       in     no     ok     ok     ok
live:targets              POST   /targets/                                       in     no     no     no     ok
live:target_sheet         GET    /targets/sheet/                                 in     no     no     no     ok
live:target_sheet         POST   /targets/sheet/                                 in     no     no     no     ok
live:day_plan             GET    /rooms/{room}/days/                             in     no     ok     ok     ok
live:day_plan             POST   /rooms/{room}/days/                             in     no     no     no     ok
live:set_target           POST   /rooms/{room}/target/                           in     no     no     no     ok
live:add_session          POST   /rooms/{room}/sessions/add/                     in     no     ok     ok     ok
live:edit_session         GET    /sessions/{session}/edit/                       in     no     ok     ok     ok
live:edit_session         POST   /sessions/{session}/edit/                       in     no     ok     ok     ok
live:remove_session       POST   /sessions/{session}/remove/                     in     no     ok     ok     ok
live:join_session         POST   /sessions/{session}/join/                       in     no     ok     ok     ok
live:part_session         POST   /sessions/{session}/part/                       in     no     ok     ok     ok
live:simulcasts           GET    /simulcasts/                                    in     no     ok     ok     ok
live:simulcasts           GET    /simulcasts/?edit={simulcast}                   in     no     ok     ok     ok
live:simulcasts           POST   /simulcasts/                                    in     no     no     no     ok
live:remove_simulcast     POST   /simulcasts/{simulcast}/remove/                 in     no     no     no     ok
live:roster               GET    /roster/                                        in     no     ok     ok     ok
live:roster               POST   /roster/                                        in     no     ok     ok     ok
live:codes                GET    /codes/                                         in     no     ok     ok     ok
live:codes                POST   /codes/                                         in     no     ok     ok     ok
live:remove_code          POST   /codes/{code}/remove/                           in     no     ok     ok     ok
measurement:tags          GET    /tags/                                          in     no     ok     ok     ok
measurement:tags          POST   /tags/                                          in     no     no     no     ok
measurement:tags_template GET    /tags/template.xlsx                             in     no     ok     ok     ok
measurement:retire_rule   POST   /tags/rules/{tag}/retire/                       in     no     no     no     ok
measurement:withdraw_list POST   /tags/lists/{tagged}/withdraw/                  in     no     ok     ok     ok
measurement:sessions      GET    /sessions/                                      in     ok     ok     ok     ok
measurement:sessions_file GET    /sessions.xlsx                                  in     ok     ok     ok     ok
measurement:session       GET    /sessions/{session}/                            in     ok     ok     ok     ok
measurement:session       GET    /sessions/{elsewhere}/                          in     no     ok     ok     ok
measurement:minutes       GET    /sessions/{session}/minutes/                    in     ok     ok     ok     ok
measurement:minutes       GET    /sessions/{elsewhere}/minutes/                  in     no     ok     ok     ok
measurement:minutes_file  GET    /sessions/{session}/minutes.xlsx                in     ok     ok     ok     ok
measurement:products      GET    /sessions/{session}/products/                   in     ok     ok     ok     ok
measurement:products      GET    /sessions/{elsewhere}/products/                 in     no     ok     ok     ok
measurement:products_file GET    /sessions/{session}/products.xlsx               in     ok     ok     ok     ok
measurement:compare       GET    /sessions/compare/                              in     ok     ok     ok     ok
measurement:compare       GET    /sessions/compare/?a={session}                  in     ok     ok     ok     ok
measurement:compare       GET    /sessions/compare/?a={session}&b={elsewhere}    in     no     ok     ok     ok
measurement:notes         GET    /sessions/{session}/notes/                      in     ok     ok     ok     ok
measurement:notes         POST   /sessions/{session}/notes/                      in     ok     ok     ok     ok
measurement:notes         POST   /sessions/{elsewhere}/notes/                    in     no     ok     ok     ok
measurement:note          GET    /notes/{note}/                                  in     no     ok     ok     ok
measurement:note          POST   /notes/{note}/                                  in     no     ok     ok     ok
measurement:remove_note   POST   /notes/{note}/remove/                           in     no     ok     ok     ok
measurement:remove_note   POST   /notes/{own_note}/remove/                       in     ok     ok     ok     ok
measurement:notes_file    GET    /notes.xlsx                                     in     ok     ok     ok     ok
measurement:rates         GET    /rates/                                         in     no     ok     ok     ok
measurement:rates         POST   /rates/                                         in     no     ok     ok     ok
measurement:undo_rates    POST   /rates/undo/                                    in     no     no     no     no
measurement:matches       GET    /matches/                                       in     no     ok     ok     ok
measurement:matches       POST   /matches/                                       in     no     ok     ok     ok
measurement:undo_match    POST   /matches/undo/                                  in     no     ok     ok     ok
measurement:left_out      GET    /left-out/?place=outside&kind=pending             in     no     ok     ok     ok
measurement:left_out_file GET    /left-out.xlsx                                   in     no     ok     ok     ok
measurement:daily         GET    /daily/                                         in     no     ok     ok     ok
measurement:daily_file    GET    /daily.xlsx                                     in     no     ok     ok     ok
measurement:daily_picture GET    /daily.svg                                      in     no     ok     ok     ok
closing:months            GET    /months/                                        in     no     ok     ok     ok
closing:month             GET    /months/2026-10/                                in     no     ok     ok     ok
closing:close             POST   /months/2026-10/close/                          in     no     no     no     ok
closing:reopen            POST   /months/2026-10/reopen/                         in     no     no     no     ok
closing:verify            POST   /months/2026-10/verify/                         in     no     no     no     ok
closing:bundle            GET    /months/2026-10/bundle/                         in     no     no     no     ok
appraisal:cards           GET    /cards/                                        in     ok     ok     ok     ok
appraisal:cards_file      GET    /cards.toml                                    in     ok     ok     ok     ok
appraisal:card            GET    /cards/host/                                   in     ok     ok     ok     ok
appraisal:card_pdf        GET    /cards/host/card.pdf                            in     ok     ok     ok     ok
appraisal:card_xlsx       GET    /cards/host/card.xlsx                           in     ok     ok     ok     ok
appraisal:card_begin      POST   /cards/host/draft/                             in     no     no     no     ok
appraisal:card_import     GET    /cards/import/                                 in     no     no     no     ok
appraisal:card_import     POST   /cards/import/                                 in     no     no     no     ok
appraisal:card_kpis       GET    /cards/kpis/                                   in     no     no     no     ok
appraisal:card_kpis       POST   /cards/kpis/                                   in     no     no     no     ok
appraisal:card_kpi        GET    /cards/kpis/own_rate/                          in     no     no     no     ok
appraisal:card_kpi        POST   /cards/kpis/own_rate/                          in     no     no     no     ok
appraisal:card_draft      GET    /cards/drafts/{card}/                          in     no     no     no     ok
appraisal:card_draft      POST   /cards/drafts/{card}/                          in     no     no     no     ok
appraisal:card_draft_parts GET    /cards/drafts/{card}/parts/                    in     no     no     no     ok
appraisal:card_draft_parts POST   /cards/drafts/{card}/parts/                    in     no     no     no     ok
appraisal:card_draft_effect GET    /cards/drafts/{card}/effect/                   in     no     no     no     ok
appraisal:card_draft_line GET    /cards/drafts/{card}/items/new/                in     no     no     no     ok
appraisal:card_draft_line POST   /cards/drafts/{card}/items/new/                in     no     no     no     ok
appraisal:card_draft_rule GET    /cards/drafts/{card}/items/line-1/rules/newcomer/ in     no     no     no     ok
appraisal:card_draft_rule POST   /cards/drafts/{card}/items/line-1/rules/newcomer/ in     no     no     no     ok
appraisal:card_publish    POST   /cards/drafts/{card}/publish/                  in     no     no     no     ok
appraisal:card_discard    POST   /cards/drafts/{card}/discard/                  in     no     no     no     ok
appraisal:card_kpi_retire POST   /cards/kpis/own_rate/retire/                   in     no     no     no     ok
appraisal:team            GET    /team/                                          in     no     ok     ok     ok
appraisal:team_file       GET    /team.xlsx                                      in     no     ok     ok     ok
appraisal:compare         GET    /team/compare/                                  in     no     ok     ok     ok
appraisal:compare         GET    /team/compare/?people={host}                    in     no     ok     no     ok
appraisal:mine            GET    /me/                                            in     ok     ok     ok     ok
appraisal:reviews         GET    /reviews/                                       in     ok     ok     ok     ok
appraisal:cycles          GET    /reviews/cycles/                                in     no     ok     ok     ok
appraisal:cycles          POST   /reviews/cycles/                                in     no     no     no     ok
appraisal:cycle_template  GET    /reviews/cycles/template/                       in     no     no     no     ok
appraisal:cycle_template  POST   /reviews/cycles/template/                       in     no     no     no     ok
appraisal:cycle           GET    /reviews/cycles/2026-09/                        in     no     ok     ok     ok
appraisal:cycle           POST   /reviews/cycles/2026-09/                        in     no     no     no     ok
appraisal:publish         POST   /reviews/cycles/2026-09/publish/                in     no     no     no     ok
appraisal:cycle_add       GET    /reviews/cycles/2026-09/add/                    in     no     no     no     ok
appraisal:cycle_add       POST   /reviews/cycles/2026-09/add/                    in     no     no     no     ok
appraisal:cycle_reviewer  GET    /reviews/cycles/2026-09/reviewer/               in     no     no     no     ok
appraisal:cycle_reviewer  POST   /reviews/cycles/2026-09/reviewer/               in     no     no     no     ok
appraisal:review          GET    /reviews/{open_review}/                              in     no     ok     no     ok
appraisal:review          GET    /reviews/{read_review}/                         in     ok     ok     no     ok
appraisal:review_pdf      GET    /reviews/{open_review}/review.pdf               in     no     no     no     no
appraisal:review_pdf      GET    /reviews/{read_review}/review.pdf               in     ok     ok     no     ok
appraisal:review          POST   /reviews/{open_review}/                              in     no     ok     no     ok
appraisal:assess          GET    /reviews/{open_review}/assess/                       in     ok     no     no     no
appraisal:assess          POST   /reviews/{open_review}/assess/                       in     ok     no     no     no
appraisal:rate            GET    /reviews/{open_review}/rate/                         in     no     ok     no     no
appraisal:rate            POST   /reviews/{open_review}/rate/                         in     no     ok     no     no
appraisal:raters          GET    /reviews/{open_review}/raters/                       in     ok     ok     no     ok
appraisal:raters          POST   /reviews/{open_review}/raters/                       in     ok     ok     no     ok
appraisal:say             GET    /reviews/{open_review}/say/                          in     no     no     ok     no
appraisal:say             POST   /reviews/{open_review}/say/                          in     no     no     ok     no
appraisal:notes           GET    /reviews/people/{host}/2026-09/notes/           in     ok     ok     no     ok
appraisal:notes           POST   /reviews/people/{host}/2026-09/notes/           in     ok     ok     no     ok
appraisal:take_back_note  POST   /reviews/notes/{review_note}/take-back/         in     ok     no     no     no
appraisal:newest          GET    /people/{host}/newest/                          in     ok     ok     no     ok
appraisal:month           GET    /people/{host}/2026-10/                         in     ok     ok     no     ok
appraisal:line            GET    /people/{host}/2026-10/net_paid/                in     ok     ok     no     ok
appraisal:export          GET    /people/{host}/2026-10/net_paid/export/         in     ok     ok     no     ok
appraisal:calibration     GET    /calibration/2026-10/                          in     no     no     no     ok
appraisal:calibration     GET    /calibration/2026-10/?role=host&department=1   in     no     no     no     ok
appraisal:lock_group      POST   /calibration/2026-10/lock/                     in     no     no     no     ok
appraisal:calibrate       GET    /calibration/reviews/{review}/                 in     no     no     no     ok
appraisal:preview_rating  POST   /calibration/reviews/{review}/preview/         in     no     no     no     ok
appraisal:calibrate_line  POST   /calibration/lines/{review_line}/              in     no     no     no     ok
appraisal:appeals         GET    /appeals/                                      in     ok     ok     ok     ok
appraisal:appeals         GET    /appeals/?state=pending&month=2026-10          in     ok     ok     ok     ok
appraisal:appeal_statistics GET    /appeals/statistics/                           in     no     no     no     ok
appraisal:new_appeal      GET    /appeals/new/{review}/                         in     ok     no     no     no
appraisal:new_appeal      POST   /appeals/new/{review}/                         in     ok     no     no     no
appraisal:appeal          GET    /appeals/{appeal}/                             in     ok     ok     no     ok
appraisal:appeal_file     GET    /appeals/files/{evidence}/                     in     ok     no     no     ok
appraisal:decide_appeal   POST   /appeals/{appeal}/decide/                      in     no     no     no     ok
appraisal:hand_over_appeal POST   /appeals/{appeal}/hand-over/                   in     no     no     no     ok
appraisal:settle_appeal   POST   /appeals/{appeal}/settle/                      in     no     no     no     ok
appraisal:second_level    POST   /appeals/{appeal}/second/                      in     ok     no     no     no
appraisal:withdraw_appeal POST   /appeals/{appeal}/withdraw/                    in     ok     no     no     no
"""


def rows() -> list[tuple[str, str, str, dict[str, str]]]:
    """(view name, method, path with {things}, role → answer) of every line of both tables."""
    lines = [line.split() for line in TABLE.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    more = access_of_roles.answers()
    told = ((name, method, path, [*few, *more.get((method, path), [])]) for name, method, path, *few in lines)
    every = [*told, *access_of_programs.rows()]
    return [(name, method, path, dict(zip(ROLES, answers, strict=True))) for name, method, path, answers in every]


@pytest.fixture
def things(cast, settings) -> dict[str, object]:
    return one_of_each(cast, settings)


def client_of(cast, role: str) -> Client:
    return cast.client("host" if role == "person" else role)


def test_every_row_answers_for_every_role():
    assert set(Role) == {Role.PERSON, Role.LEAD, Role.OWNER, *access_of_roles.ROLES.values()}
    lines = {(method, path) for name, method, path, _wanted in rows() if not name.startswith("api:")}
    assert access_of_roles.answers().keys() == lines, "these stand in one of the two tables only"
    assert [told for told in access_of_roles.answers().values() if len(told) != len(access_of_roles.ROLES)] == []


def test_the_page_of_rights_tells_these_tables():
    assert rights.DOC.read_text() == rights.text(), "python -m tools.rights writes it"


def test_every_address_has_a_row():
    named = {name for name, *_rest in rows()}
    everything = set(addresses(get_resolver().url_patterns))
    assert everything - named == set(), "these addresses have no row in the table above"
    assert named - everything == set(), "these rows are of no address"


@pytest.mark.parametrize("app", sorted({name.partition(":")[0] for name, *_rest in rows()}))
@pytest.mark.parametrize(
    "roles", [SHOWN, pytest.param(tuple(access_of_roles.ROLES), marks=pytest.mark.slow)], ids=["first", "further"]
)
def test_access(cast, things, app, roles):
    clients = {role: client_of(cast, role) for role in roles}
    tried: dict[str, set[object]] = {role: set() for role in roles}
    wrong = []
    for name, method, path, wanted in rows():
        if name.partition(":")[0] != app:
            continue
        real = path.format(**things)
        assert resolve(real.partition("?")[0]).view_name == name
        # what only a token opens, a browser does not, whoever sits at it
        asked = clients if "401" not in wanted.values() else dict(list(clients.items())[-1:])
        for role, client in asked.items():
            came = ask(client, method, real)
            got = answer(came)
            if got != wanted[role]:
                wrong.append(f"{method} {path} for {role}: {got}, not {wanted[role]}")
            # a page offers nobody what they may not do
            elif method == "GET":
                wrong += [f"{path} for {role} {told}" for told in refused_forms(client, came, real, tried[role])]
    assert wrong == [], "\n".join(map(str, wrong))
