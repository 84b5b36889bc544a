"""examples/asyncio_tour: what each program prints. Where they sleep, the clock is virtual, so the order of the lines is always the same."""

import os
import re
import unittest

import support


class Tour(support.TestCase):
    def run_tour(self, name, limit=None):
        """Gives the lines that the program prints; it succeeds, and complains of nothing."""
        result = support.run(os.path.join("asyncio_tour", name), env=dict(os.environ, VIRTUAL_TIME="1"), limit=limit)
        self.check_status(result, 0)
        self.assertEqual(result.err, "")
        return result.out.splitlines()

    def check(self, name, expected):
        self.assertEqual(self.run_tour(name), [line.strip("|") for line in expected.strip("\n").splitlines()])

    def test_hello_gather(self):
        self.check("hello_gather", """
One after the other, three seconds:
hello
world
Both at once, two seconds:
world
hello
""")

    def test_ten_thousand_hellos(self):
        self.check("ten_thousand_hellos", "10000 hellos in 5 seconds")

    def test_factorials(self):
        self.check("factorials", """
Task A: Compute factorial(2), currently i=2...
Task B: Compute factorial(3), currently i=2...
Task C: Compute factorial(4), currently i=2...
Task A: factorial(2) = 2
Task B: Compute factorial(3), currently i=3...
Task C: Compute factorial(4), currently i=3...
Task B: factorial(3) = 6
Task C: Compute factorial(4), currently i=4...
Task C: factorial(4) = 24
[2, 6, 24]
""")

    def test_first_completed(self):
        self.check("first_completed", """
the hare has the answer
the tortoise: I was cancelled
cancelled: yes
the snail: I was cancelled
race: number 1, the horse has the answer
""")

    def test_context_manager(self):
        self.check("context_manager", """
success:
  connected
  sent: hello
  disconnected after success
an error:
  connected
  sent: something bad
  disconnected after an error or a cancel
  they hung up
a cancel, by a time limit:
  connected
  sent: a question
  disconnected after an error or a cancel
  it took too long
""")

    def test_async_iterator(self):
        self.check("async_iterator", """
tick 0
tick 1
tick 2
3...
2...
1...
lift-off
""")

    def test_order_processors(self):
        self.check("order_processors", """
delivery: there are 3 parts
Ann packs order 1 with 2 parts, 1 are left
delivery: there are 4 parts
Bob packs order 2 with 2 parts, 2 are left
Cid packs order 3 with 2 parts, 0 are left
delivery: there are 3 parts
Ann packs order 4 with 2 parts, 1 are left
delivery: there are 4 parts
Bob packs order 5 with 2 parts, 2 are left
Cid packs order 6 with 2 parts, 0 are left
all orders are packed
""")

    def test_ticket_office(self):
        self.check("ticket_office", """
customer 1 is served, 1 counters are free
customer 2 is served, 0 counters are free
customer 1 has a ticket
customer 3 is served, 0 counters are free
customer 2 has a ticket
customer 4 is served, 0 counters are free
customer 3 has a ticket
customer 5 is served, 0 counters are free
customer 4 has a ticket
customer 5 has a ticket
a third counter: refused
""")

    def test_workers_on_event(self):
        self.check("workers_on_event", """
worker 1 waits
worker 2 waits
worker 3 waits
ready, steady, go
they are off
worker 1 works
worker 2 works
worker 3 works
all workers are done
""")

    def test_barrier_sum(self):
        self.check("barrier_sum", """
half 0 is 1275
half 1 is 3775
half 0 came first, and tells: the sum is 5050
""")

    def test_cancelled_timer(self):
        self.check("cancelled_timer", """
tick 1
the first alarm rings
tick 2
tick 3
the ticking stops
cancelled: yes
no second alarm
""")

    def test_lock_counter(self):
        self.check("lock_counter", """
100 tasks without a lock counted to 1
100 tasks with a lock counted to 100
""")

    def test_deadlock_dump(self):
        lines = self.run_tour("deadlock_dump")
        self.assertEqual((lines[0], lines[-1]), ("2 transfers hang:", "cancelled; Ann has 100, Bob has 100"))
        self.assertEqual(lines[-2], "deadlock: 'Ann pays Bob' -> 'Bob pays Ann' -> 'Ann pays Bob'")
        dump = "\n".join(lines[1:-2])
        for name, other in (("Ann pays Bob", "Bob pays Ann"), ("Bob pays Ann", "Ann pays Bob")):
            # Who, for what, who has it, and where: the line of the second lock.
            self.assertRegex(dump, rf"(?m)^task '{name}' waits: mutex\.lock \(0x[0-9a-f]+\), locked by task '{other}'\n"
                                   rf" +.*transfer.* at deadlock_dump\.cpp:{self.line_of('second = co_await')}$")

    def line_of(self, text):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/asyncio_tour/deadlock_dump.cpp")
        with open(source, encoding="utf-8") as file:
            return next(number for number, line in enumerate(file, 1) if text in line)

    def test_producer_consumer(self):
        lines = self.run_tour("producer_consumer")
        self.assertEqual([line for line in lines if "produced" in line], [f"produced {i}" for i in range(1, 7)])
        self.assertEqual([line.strip() for line in lines if "consumed" in line], [f"consumed {i}" for i in range(1, 7)])
        self.assertEqual(lines[-2:], ["nothing is left", "the consumer was cancelled: yes"])
        # Two in the queue and one at the consumer: the producer is never further ahead.
        ahead = 0
        for line in lines[:-2]:
            ahead += 1 if "produced" in line else -1
            self.assertLessEqual(ahead, 3, lines)

    def test_cpu_bound_thread(self):
        self.check("cpu_bound_thread", """
primes below 500000: 41538
primes below 300000: 25997, below 400000: 33860
the loop went on ticking meanwhile: yes
""")

    def test_subprocess_conversation(self):
        self.check("subprocess_conversation", """
the child says: hello, Ann
the child says: hello, Bob
it ended with status 3
sorted: apple
pear
plum
""")

    def test_shards_pool(self):
        total = sum(n * n for n in range(8000))
        self.check("shards_pool", f"""
8 parts on 2 shards, the sum is {total}
shard 0 says that it is shard 0
shard 1 says that it is shard 1
error: something broke over there
""")

    def test_every_program_of_the_folder_is_in_its_readme_and_here(self):
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/asyncio_tour")
        programs = {name.removesuffix(".cpp") for name in os.listdir(folder) if name.endswith(".cpp")}
        with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
            self.assertEqual(set(re.findall(r"^\| \[(\w+)\]\(\1\.cpp\)", file.read(), re.M)), programs)
        self.assertEqual({name.removeprefix("test_") for name in dir(self) if name.removeprefix("test_") in programs}, programs)


if __name__ == "__main__":
    unittest.main(verbosity=2)
