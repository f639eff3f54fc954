def parse_clock(text):
    """The minutes since midnight of a text such as "07:30"."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def clock_text(minutes):
    """Minutes since midnight as a text with two digits each."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def duration(start, end):
    """How many minutes lie between two times; the end may be on the next day."""
    return (parse_clock(end) - parse_clock(start)) % (24 * 60)
# tests
# parse_clock("07:30") == 450
# clock_text(450) == "07:30"
# clock_text(0) == "00:00"
# duration("23:00", "01:30") == 150
# duration("10:00", "10:45") == 45
