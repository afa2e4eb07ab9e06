"""The words of the charts over what was kept."""

from __future__ import annotations

from ui.language import Plural, in_every_language

INSIGHTS_TITLE = "Insights"
INSIGHTS_HINT = "How much is read, how often clinicians agree, whether images change"
ONLY_SAVED = (
    "Counted from the cases in this vault, on this device. What nobody saved is not in it: most "
    "refusals are not."
)
COUNTING = "Opening every case and counting"
NOTHING_YET = "There is no case in the vault yet, so there is nothing to count."
CASES_COUNTED = Plural("{count} case was counted.", "{count} cases were counted.")
CASES_DAMAGED = Plural(
    "{count} case is damaged and was left out. Run the check in the audit log.",
    "{count} cases are damaged and were left out. Run the check in the audit log.",
)
SHOW_NUMBERS, HIDE_NUMBERS = "The numbers", "Hide the numbers"

# Weeks
WEEKS_TITLE = "Readings kept, week by week"
WEEK_LINE = (
    "Week of {day}: {count} kept; {confident} confident, {uncertain} uncertain, {refused} refused."
)
WEEKS_SUMMARY = Plural(
    "In the last {weeks} weeks {count} reading was kept: {confident} confident, {uncertain} "
    "uncertain, {refused} refused.",
    "In the last {weeks} weeks {count} readings were kept: {confident} confident, {uncertain} "
    "uncertain, {refused} refused.",
)
ROUTER_TITLE = "How sure the router was of the kind of image"
ROUTER_LINE = "Week of {day}: {percent} on average."
ROUTER_NONE = "Week of {day}: no reading."
ROUTER_SUMMARY = "Over these weeks, between {low} and {high} on average."
ROUTER_HINT = (
    "When it falls and stays low, other images than before are being chosen, or another machine "
    "or way of photographing is in use."
)

# Agreement
AGREEMENT_TITLE = "How often clinicians agreed"
AGREED_SEEN = "Reading seen first: {agreed} of {views} agreed ({low} to {high})."
AGREED_BLIND = "Asked before seeing it: {agreed} of {views} had seen the same ({low} to {high})."
NO_VIEWS_SEEN = "Reading seen first: nobody has said yet whether they agree."
NO_VIEWS_BLIND = "Asked before seeing it: no such case yet."
AGREEMENT_HINT = (
    "Whoever has seen a reading agrees more easily. The second line is the fairer one. Neither "
    "says who was right. In brackets: 95% intervals."
)

# Drift
DRIFT_TITLE = "Whether images are like those the models learned from"
DRIFT_LINE = Plural(
    "{unlike} of {count} image of version {version} lay beyond the model's limits.",
    "{unlike} of {count} images of version {version} lay beyond the model's limits.",
)
DRIFT_QUIET = "About 1 in 100 does so by itself. There is no sign of a change."
DRIFT_SEE_ABOVE = "That is more than chance explains: see the warning above."
DRIFT_ALARM = (
    "{title} meets images unlike those it learned from, more often than chance explains. Do not "
    "rely on it before somebody has looked: is another machine, another setting or another way of "
    "photographing in use? Tell the model's publisher."
)
DRIFT_HINT = (
    "A running sum of evidence (CUSUM). While images stay as they were, it raises a false alarm "
    "less than once in {images} images."
)
PACK_TITLE = "{title} ({version})"

in_every_language(__name__)
