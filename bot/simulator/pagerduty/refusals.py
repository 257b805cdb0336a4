"""What PagerDuty refuses, with the codes of https://developer.pagerduty.com/docs/errors."""


class Refusal(Exception):
    """Answered as `{"error": {"message", "code", "errors"}}` with `status`."""

    def __init__(self, status: int, code: int, message: str, *errors: str) -> None:
        super().__init__(message, *errors)
        self.status, self.code, self.message, self.errors = status, code, message, errors

    def answer(self) -> dict[str, object]:
        error: dict[str, object] = {"message": self.message, "code": self.code}
        return {"error": error | {"errors": list(self.errors)} if self.errors else error}


class PlainRefusal(Refusal):
    """A few old corners answer `{"error": "a sentence"}`."""

    def answer(self) -> dict[str, object]:
        return {"error": self.message}


def invalid(*errors: str) -> Refusal:
    return Refusal(400, 2001, "Invalid Input Provided", *errors)


def not_found(what: str = "") -> Refusal:
    return Refusal(404, 2100, "Not Found", *([f"{what} Not Found"] if what else []))


def already_resolved() -> Refusal:
    return Refusal(400, 1001, "Incident Already Resolved")


def not_acknowledged() -> Refusal:
    return Refusal(400, 1012, "Incident Not Acknowledged")


def cannot_escalate() -> Refusal:
    return Refusal(400, 1006, "Cannot Escalate")
