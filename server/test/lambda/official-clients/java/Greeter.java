package greet;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

public class Greeter implements RequestHandler<Map<String, String>, Map<String, String>> {
  public Map<String, String> handleRequest(Map<String, String> event, Context context) {
    if (event.get("Name") == null) throw new IllegalArgumentException("nobody to greet");
    context.getLogger().log("greeting " + event.get("Name"));
    return Map.of("greeting", "hello " + event.get("Name"), "id", context.getAwsRequestId());
  }
}
