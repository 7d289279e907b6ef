from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def handler(event, context: DurableContext):
    paid = context.step(lambda _: event["price"] * 2, name="pay")
    context.wait(Duration.from_seconds(1), name="rest")
    branches = [lambda branch: branch.step(lambda _: 1, name="one"), lambda branch: branch.step(lambda _: 2, name="two")]
    both = context.parallel(branches, name="both")
    sent = context.invoke("plain", {"n": paid}, name="ship")
    return {"paid": paid, "both": both.get_results(), "sent": sent}
