// Block public access: four switches of a bucket that stand above its policy and its ACLs. Source: S3 user guide, "Blocking
// public access to your Amazon S3 storage".

export interface PublicAccessBlock {
  /** Refuses requests that would make something public by an ACL. */
  readonly blockPublicAcls: boolean
  /** Takes no notice of ACLs that are public. */
  readonly ignorePublicAcls: boolean
  /** Refuses bucket policies that are public. */
  readonly blockPublicPolicy: boolean
  /** Lets a public policy give nothing to anybody outside the owner's account, services of AWS excepted. */
  readonly restrictPublicBuckets: boolean
}

/** New buckets have all four (since April 2023). */
export const ALL_BLOCKED: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
}
