// Operations that take requests without a signature, as their SDK clients send them: whoever calls them has no keys yet.
// What they may do, the operation itself decides, from the token or password that they bring.
import type { Principal } from '#base/principal.ts'
import type { ServiceId } from '#protocol/services.ts'

const UNSIGNED: Readonly<Partial<Record<ServiceId, ReadonlySet<string>>>> = {
  sts: new Set(['AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity']),
  'cognito-identity': new Set(['GetCredentialsForIdentity', 'GetId', 'GetOpenIdToken', 'UnlinkIdentity']),
  'cognito-identity-provider': new Set([
    'AssociateSoftwareToken',
    'ChangePassword',
    'CompleteWebAuthnRegistration',
    'ConfirmDevice',
    'ConfirmForgotPassword',
    'ConfirmSignUp',
    'DeleteUser',
    'DeleteUserAttributes',
    'DeleteWebAuthnCredential',
    'ForgetDevice',
    'ForgotPassword',
    'GetDevice',
    'GetTokensFromRefreshToken',
    'GetUser',
    'GetUserAttributeVerificationCode',
    'GetUserAuthFactors',
    'GlobalSignOut',
    'InitiateAuth',
    'ListDevices',
    'ListUserSessions',
    'ListWebAuthnCredentials',
    'ResendConfirmationCode',
    'RespondToAuthChallenge',
    'RevokeToken',
    'RevokeUserSession',
    'SetUserMFAPreference',
    'SetUserSettings',
    'SignUp',
    'StartWebAuthnRegistration',
    'UpdateAuthEventFeedback',
    'UpdateDeviceStatus',
    'UpdateUserAttributes',
    'VerifySoftwareToken',
    'VerifyUserAttribute',
  ]),
}

/**
 * Behind links in messages: a token, or an id that nobody can guess, stands for the signature. Whoever signs anyway is
 * asked for permission like for anything else.
 */
const LINKED: Readonly<Partial<Record<ServiceId, ReadonlySet<string>>>> = {
  sns: new Set(['ConfirmSubscription', 'Unsubscribe']),
}

/** Whether this caller needs no permission for the operation, in every mode. */
export function takesUnsigned(service: ServiceId, operation: string, principal: Principal): boolean {
  if (UNSIGNED[service]?.has(operation) === true) return true
  return principal.kind === 'anonymous' && LINKED[service]?.has(operation) === true
}
