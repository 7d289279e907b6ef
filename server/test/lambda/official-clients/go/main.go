package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct{ Name string }

func handle(ctx context.Context, e event) (map[string]string, error) {
	lc, _ := lambdacontext.FromContext(ctx)
	if e.Name == "" {
		return nil, fmt.Errorf("nobody to greet")
	}
	fmt.Println("greeting", e.Name)
	return map[string]string{"greeting": "hello " + e.Name, "id": lc.AwsRequestID}, nil
}

func main() { lambda.Start(handle) }
