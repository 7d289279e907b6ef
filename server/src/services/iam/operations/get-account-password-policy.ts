// GetAccountPasswordPolicy: what passwords of users must be like.
import { readAccount } from '../account.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const getAccountPasswordPolicy: IamOperation<'GetAccountPasswordPolicy'> = async (deps, _input, { account }) => {
  const { passwordPolicy: policy } = await readAccount(deps, account)
  if (policy === undefined) throw noSuchEntity(`The Password Policy with domain name ${account} cannot be found.`)
  return {
    PasswordPolicy: {
      MinimumPasswordLength: policy.minimumLength,
      RequireSymbols: policy.symbols,
      RequireNumbers: policy.numbers,
      RequireUppercaseCharacters: policy.upperCase,
      RequireLowercaseCharacters: policy.lowerCase,
      AllowUsersToChangePassword: policy.usersMayChange,
      ExpirePasswords: policy.maxAgeDays !== undefined,
      HardExpiry: policy.hardExpiry,
      ...(policy.maxAgeDays !== undefined && { MaxPasswordAge: policy.maxAgeDays }),
      ...(policy.reusePrevention !== undefined && { PasswordReusePrevention: policy.reusePrevention }),
    },
  }
}
