// Quotas of IAM. Source: IAM user guide, "IAM and AWS STS quotas".

export const ACCESS_KEYS_PER_USER_MAX = 2
export const MFA_DEVICES_PER_USER_MAX = 8
export const SSH_KEYS_PER_USER_MAX = 5
export const SSH_KEY_BITS_MIN = 2048
export const SIGNING_CERTIFICATES_PER_USER_MAX = 2
export const SERVER_CERTIFICATES_MAX = 20
/** For each service. */
export const SERVICE_CREDENTIALS_PER_USER_MAX = 2
export const GROUPS_PER_USER_MAX = 10
/** Members of a renamed group that one commit moves: each has up to 21 entries in indexes, which are written anew. */
export const MEMBERS_MOVED_AT_ONCE = 40
export const ATTACHED_POLICIES_MAX = 10
export const POLICY_VERSIONS_MAX = 5
export const TAGS_MAX = 50
/** Characters without white space. */
export const INLINE_CHARS_MAX = { user: 2048, group: 5120, role: 10_240 } as const
export const MANAGED_POLICY_CHARS_MAX = 6144
export const TRUST_POLICY_CHARS_MAX = 2048
export const OIDC_CLIENT_IDS_MAX = 100
export const PAGE_ITEMS_DEFAULT = 100
export const PAGE_ITEMS_MAX = 1000
/** Last-accessed and credential reports kept in memory, for those who ask for them a little later. */
export const REPORTS_KEPT_MAX = 100
