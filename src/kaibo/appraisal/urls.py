from django.urls import path, register_converter

from kaibo.appraisal import team_views, views
from kaibo.appraisal.appeals.urls import patterns as appeals
from kaibo.appraisal.calibration.urls import patterns as calibration
from kaibo.appraisal.cycle import people_views, rater_views, review_views
from kaibo.appraisal.cycle import views as cycle_views
from kaibo.appraisal.own_cards import views as cards
from kaibo.appraisal.period import MonthConverter

register_converter(MonthConverter, "month")

app_name = "appraisal"
urlpatterns = [
    *appeals,
    *calibration(),
    path("team/", team_views.team, name="team"),
    path("team.xlsx", team_views.team_file, name="team_file"),
    path("team/compare/", team_views.compare, name="compare"),
    path("cards/", cards.cards, name="cards"),
    path("cards.toml", cards.cards_file, name="cards_file"),
    path("cards/import/", cards.import_file, name="card_import"),
    path("cards/kpis/", cards.kpis, name="card_kpis"),
    path("cards/kpis/<slug:key>/", cards.kpis, name="card_kpi"),
    path("cards/kpis/<slug:key>/retire/", cards.retire, name="card_kpi_retire"),
    path("cards/drafts/<int:pk>/", cards.draft, name="card_draft"),
    path("cards/drafts/<int:pk>/parts/", cards.draft_parts, name="card_draft_parts"),
    path("cards/drafts/<int:pk>/effect/", cards.draft_effect, name="card_draft_effect"),
    path("cards/drafts/<int:pk>/publish/", cards.publish, name="card_publish"),
    path("cards/drafts/<int:pk>/discard/", cards.discard, name="card_discard"),
    path("cards/drafts/<int:pk>/items/<slug:place>/", cards.draft_line, name="card_draft_line"),
    path("cards/drafts/<int:pk>/items/<slug:place>/rules/<slug:whose>/", cards.draft_rule, name="card_draft_rule"),
    path("cards/<slug:role>/", cards.card, name="card"),
    path("cards/<slug:role>/card.pdf", cards.card_pdf, name="card_pdf"),
    path("cards/<slug:role>/card.xlsx", cards.card_xlsx, name="card_xlsx"),
    path("cards/<slug:role>/draft/", cards.begin, name="card_begin"),
    path("me/", views.mine, name="mine"),
    path("reviews/", review_views.reviews, name="reviews"),
    path("reviews/cycles/", cycle_views.cycles, name="cycles"),
    path("reviews/cycles/template/", cycle_views.template, name="cycle_template"),
    path("reviews/cycles/<month:month>/", cycle_views.cycle, name="cycle"),
    path("reviews/cycles/<month:month>/publish/", cycle_views.publish, name="publish"),
    path("reviews/cycles/<month:month>/add/", people_views.add, name="cycle_add"),
    path("reviews/cycles/<month:month>/reviewer/", people_views.reviewer, name="cycle_reviewer"),
    path("reviews/<int:pk>/", review_views.review, name="review"),
    path("reviews/<int:pk>/review.pdf", review_views.review_pdf, name="review_pdf"),
    path("reviews/<int:pk>/assess/", review_views.assess, name="assess"),
    path("reviews/<int:pk>/rate/", review_views.rate, name="rate"),
    path("reviews/<int:pk>/raters/", rater_views.raters, name="raters"),
    path("reviews/<int:pk>/say/", rater_views.say, name="say"),
    path("reviews/people/<int:pk>/<month:month>/notes/", review_views.notes, name="notes"),
    path("reviews/notes/<int:pk>/take-back/", review_views.take_back_note, name="take_back_note"),
    path("people/<int:pk>/newest/", views.newest, name="newest"),
    path("people/<int:pk>/<month:month>/", views.month, name="month"),
    path("people/<int:pk>/<month:month>/<slug:kpi>/", views.line, name="line"),
    path("people/<int:pk>/<month:month>/<slug:kpi>/export/", views.export, name="export"),
]
