import csv
import io


def parse_rows(text):
    """The rows of a CSV text as dictionaries."""
    return list(csv.DictReader(io.StringIO(text)))


def column_total(text, column):
    """The sum of a column of numbers."""
    return sum(float(row[column]) for row in parse_rows(text))
# tests
# parse_rows("a,b\n1,2\n") == [{"a": "1", "b": "2"}]
# column_total("n,v\nx,1.5\ny,2\n", "v") == 3.5
# column_total("n,v\n", "v") == 0
