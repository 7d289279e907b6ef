def handler(event, context):
    if not event.get("Name"):
        raise ValueError("nobody to greet")
    return {"greeting": f"hello {event['Name']}", "id": context.aws_request_id}
