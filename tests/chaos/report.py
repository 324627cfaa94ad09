"""What was compared, how often, and what was found wrong."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

INVARIANTS = {
    "I1": "every acknowledged write is there",
    "I2": "one membership per account and company, granted by the rules; one pending",
    "I3": "one final decision, and database = workflow = mails",
    "I4": "each due mail arrived, or shows as failed or abandoned",
    "I5": "nothing stays open past its deadline",
    "I6": "a claimed company always has an active administrator",
    "I7": "no 5xx but 503 with Retry-After, nothing refused but by a gateway that is away",
    "I8": "whoever signed out, or is not in the company any more, is out of the tool",
}


@dataclass(frozen=True)
class Violation:
    invariant: str
    words: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.words}"


Compare = Callable[[bool, str], None]


@dataclass
class Report:
    """Counts of comparisons by invariant and subject, and the violations."""

    compared: Counter[tuple[str, str]] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    figures: dict[str, int | float] = field(default_factory=dict)

    def comparing(self, invariant: str, subject: str) -> Compare:
        """Returns what counts one comparison: whether it holds, and the words to say where it does not."""
        self.compared[invariant, subject] += 0

        def compare(holds: bool, words: str) -> None:
            self.compared[invariant, subject] += 1
            if not holds:
                self.violations.append(Violation(invariant, f"{subject}: {words}"))

        return compare

    @property
    def not_proven(self) -> list[str]:
        """What was never compared. It neither holds nor is violated, and fails the run."""
        return [f"{of} {subject}" for (of, subject), count in self.compared.items() if not count]

    def table(self) -> str:
        lines = []
        for invariant, promise in INVARIANTS.items():
            broken = sum(one.invariant == invariant for one in self.violations)
            lines.append(f"{invariant}  {'VIOLATED' if broken else 'holds'}  {promise}")
            lines += [
                f"      {count:7}  {subject}"
                for (of, subject), count in self.compared.items()
                if of == invariant
            ]
        lines += [f"      {value:7}  {name}" for name, value in self.figures.items()]
        return "\n".join(lines)

    def json(self) -> dict[str, object]:
        return {
            "compared": {f"{of} {subject}": count for (of, subject), count in self.compared.items()},
            "violations": [str(one) for one in self.violations],
            "not_proven": self.not_proven,
            "figures": self.figures,
        }
