"""The components that pages are made of. `{% load ui %}`; every state of each is shown on the page `/style/`.

They stand in `smarketing.web.components`: small ones are built there, because a list repeats them hundreds of times;
larger ones are files in `templates/components/`. Names given to a tag beyond those listed become attributes:
`hx_post=url` → `hx-post="…"`, `data_key="a"` → `data-key="a"`; `True` gives a bare attribute, `False` or `None` none,
`cls` is `class`.
No tag writes a style attribute or a script.

Words
    {{ moment|when }}  {{ moment|exact }}  {{ date|day }}     “today 16:12” · “Mon 23 Nov 2026, 12:12 CET” · “tomorrow”
    {{ date|weekday }}                                        “Mon 23 Nov”
    {{ span|span }}                                           timedelta → “1 h 40”
    {{ n|number }}  {{ n|number:2 }}  {{ share|share }}       “12,345” · “87.5 %” (a share is 0–1; None is “no data”)
    {{ diff|delta }}  {{ amount|money:"EUR" }}  {{ amount|money_short:"EUR" }}   “−2.5” · “€ 1,234.50” · “€ 41k”
    {% when moment clock=False %}  {% day date %}             the same as <time>, exact on hover; clock: 29 May 10:52
    {{ value|has:"x" }}                                       True where x is in the value
    {% can "leads.can_decide_handoff" handoff as may %}       asks leads.permissions.can_decide_handoff(user, handoff)

Small things
    {% icon "inbox" size=16 label="" %}                       a Lucide icon; decoration unless it has a label
    {% mark size=26 %}                                        the two rings
    {% kbd "a" %}  {% dot "sales" %}
    {% badge "text" tone="" icon="" href="" title="" %}       tone: marketing sales kept risk broken solid outline
    {% stage_badge "mql" %}  {% band_badge "A1" %}  {% side_badge "sales" text="" %}  {% score_badge 91 band="A1" %}
    {% state_badge "kept" text="" %}                  kept risk broken running paused met breached cancelled waived
    {% avatar user_or_name side="" size="" href="" %}         size: small large; {% avatars users %}; {% person user %}
    {% countdown due state="running" warn_at=None late_for=None met_at=None title="" %}
    {% time_left end %}                                       “18 min left” of a meeting; quiet until its last minutes
    {% pace share expected=None side="" label="" %}           a bar (0–1) with a tick where it should be by now

Actions
    {% button "Accept" kind="" key="" icon="" href="" type="submit" size="" confirm="" modal=False **attributes %}
                                                              kind: primary danger plain; with `href` a link; `modal`
                                                              opens the link's page in the dialog (a link without JS)
    {% icon_button "Close" icon="x" href="" **attributes %}   {% back url "Leads" %}
    {% menu label="More" icon="ellipsis" text="" id="" %}
        {% menu_item "Edit" icon="" href="" key="" kind="" confirm="" modal=False
        **attributes %}{% endmenu %}

Surfaces
    {% card "Title" note="" badge="" tone="" side="" count=None count_tone="" ruled=False flush=False id="" href="" %}
        {% card_actions %}…{% endcard_actions %} … {% card_foot %}…{% endcard_foot %} {% endcard %}
    {% banner "Title" tone="" icon="" %}…{% endbanner %}
    {% stats %}{% stat "First attempt in time" value of="90 %" note="" tone="" href="" title="" %}{% endstats %}
    {% commitments %}{% commitment "150 qualified leads a month" note="" value="112" of="150" share=.75 expected=.67
        side="marketing" delta="" tone="" href="" %}{% endcommitments %}
    {% points rows total=None %}                              rows: (label, points) or (label, points, note)
    {% facts stacked=False %}{% fact "Owner" %}…{% endfact %}{% endfacts %}
    {% timeline %}{% moment "Demo request" at=None when="" note="" side="" tone="" href="" clock=False %}…
        {% endmoment %}{% endtimeline %}
    {% progress value max "Importing leads.csv" note="" tone="" %}     max=None: not known yet
    {% empty "No leads yet" "Import a file, or …" icon="" %}buttons{% endempty %}
    {% help "What this page is for" %}…{% endhelp %}          {% more "Why?" open=False %}…{% endmore %}
    {% chart url "Leads by day" note="" height="" id="" caption=True %}<table>…</table>{% endchart %} height: small tall
    {% dialog "Reject this lead" size="" note="" %}…{% enddialog %}   the inside of a modal; a card as a page of its own

Lists
    {% pills "Lists" kind="" %}{% pill "Waiting" href count=12 current=True %}{% endpills %}   kind: tabs
    {% table label="Leads" cards=True dense=False numbers=False %}rows{% endtable %}
    {% th "Name" sort="name" number=False %}                  sortable by ?sort=name / ?sort=-name
    {% pager next=None previous=None shown=None total=None noun="leads" param="cursor" %}    cursors, or None
    {% filters target="" %}{% filter_field form.stage %}{% endfilters %}    a GET form that sends itself
    {% bulk "selected" %}buttons{% endbulk %} with {% select_all %} and {% select_row pk "Ingrid Solheim" %}
    {% keys "j k" "move" "a" "accept" %}
    {% stamped row.pk by=row.stage %}… {{ stamp }} …{% endstamped %}
                                                              drawn once for each `by`, with each row's id put in for
                                                              `stamp`: for what the rows of a list have in common

Forms
    {% form_fields form cols=1 %}                             the summary of problems, hidden and visible fields
    {% field form.email label="" help="" placeholder="" mark="optional" autofocus=False span=False **attributes %}
    {% error_summary form focus=True %}  {% form_actions %}buttons{% endform_actions %}
    {% fieldset "Dates" cols=1 %}…{% endfieldset %}
"""

from __future__ import annotations

from django import template

from smarketing.web.components import actions, forms, lists, marks, surfaces, words

register = template.Library()
for part in (words, marks, actions, surfaces, lists, forms):
    register.tags |= part.register.tags
    register.filters |= part.register.filters
