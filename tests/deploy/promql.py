"""What a PromQL expression names: its metrics and their matchers. Whether the expression is right, Prometheus says."""
import re

# Every word of our expressions that is no metric. A function that is missing here counts as a
# metric that nobody exports, so that the test fails and says so.
WORDS = {"abs", "absent", "and", "avg_over_time", "changes", "count", "count_over_time", "histogram_quantile", "increase", "label_replace", "max",
         "max_over_time", "min", "min_over_time", "or", "rate", "sum", "time", "vector"}
# In this order: strings, ranges, groupings and numbers are passed over; the rest are words, with
# their braces.
TOKEN = re.compile(r'"[^"]*"|\[[^\]]*\]|\b(?:by|on|ignoring|group_left)\s*\([^)]*\)|\d[\w.]*|([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?')
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


def selectors(expression):
    """[(metric, [(label, operator, value)])] for each metric that it names."""
    return [(name, MATCHER.findall(braces)) for name, braces in TOKEN.findall(expression) if name and name not in WORDS]


def metrics(expression):
    return {name for name, _ in selectors(expression)}


def parts(name, matchers):
    """The selector, and again with each alternative of its =~ matchers alone, so that a misspelt one is not hidden by the others."""
    variants = [matchers]
    for i, (label, operator, value) in enumerate(matchers):
        if operator == "=~" and re.fullmatch(r"\w+(\|\w+)+", value):
            variants += [matchers[:i] + [(label, "=", choice)] + matchers[i + 1:] for choice in value.split("|")]
    return [f"{name}{{{','.join(f'{label}{operator}{chr(34)}{value}{chr(34)}' for label, operator, value in variant)}}}" for variant in variants]
