exports.handler = async ({ Name }, context) => {
  if (!Name) throw new Error('nobody to greet')
  return { greeting: `hello ${Name}`, id: context.awsRequestId }
}
