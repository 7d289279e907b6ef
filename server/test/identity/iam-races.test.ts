// What is deleted while something is hung on it, and renamed with very many members: nothing is left hanging.
import * as iam from '@aws-sdk/client-iam'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openServer, type TestServer } from '../conformance/server-kit.ts'

const ROUNDS = 25
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
})

let kit: TestServer
let client: iam.IAMClient
before(async () => {
  kit = await openServer({ readyCells: {} })
  client = new iam.IAMClient(kit.sdk)
})
after(() => kit[Symbol.asyncDispose]())

/** Both at once; one of the two may be refused. */
async function atOnce(one: Promise<unknown>, other: Promise<unknown>): Promise<void> {
  const ends = await Promise.allSettled([one, other])
  assert.ok(
    ends.some(({ status }) => status === 'fulfilled'),
    'one of them wins',
  )
}

test('a group that is deleted while a user is added has no members when it is made again', async () => {
  await client.send(new iam.CreateUserCommand({ UserName: 'member' }))
  for (let round = 0; round < ROUNDS; round++) {
    const GroupName = `group${round}`
    await client.send(new iam.CreateGroupCommand({ GroupName }))
    await atOnce(
      client.send(new iam.AddUserToGroupCommand({ GroupName, UserName: 'member' })),
      client.send(new iam.DeleteGroupCommand({ GroupName })),
    )
    const still = await client.send(new iam.GetGroupCommand({ GroupName })).catch(() => undefined)
    if (still !== undefined) {
      assert.equal(still.Users?.length, 1)
      await client.send(new iam.RemoveUserFromGroupCommand({ GroupName, UserName: 'member' }))
      continue
    }
    await client.send(new iam.CreateGroupCommand({ GroupName }))
    const { Users } = await client.send(new iam.GetGroupCommand({ GroupName }))
    assert.deepEqual(Users, [], `round ${round}`)
  }
})

test('a policy that is deleted while it is attached is attached to nobody when it is made again', async () => {
  await client.send(new iam.CreateGroupCommand({ GroupName: 'bearers' }))
  await client.send(new iam.CreateUserCommand({ UserName: 'bound' }))
  for (let round = 0; round < ROUNDS; round++) {
    const make = () => client.send(new iam.CreatePolicyCommand({ PolicyName: `p${round}`, PolicyDocument: POLICY }))
    const PolicyArn = (await make()).Policy?.Arn ?? ''
    const remove = client.send(new iam.DeletePolicyCommand({ PolicyArn }))
    await atOnce(
      remove,
      round % 2 === 0
        ? client.send(new iam.AttachGroupPolicyCommand({ GroupName: 'bearers', PolicyArn }))
        : client.send(new iam.PutUserPermissionsBoundaryCommand({ UserName: 'bound', PermissionsBoundary: PolicyArn })),
    )
    const still = await client.send(new iam.GetPolicyCommand({ PolicyArn })).catch(() => undefined)
    if (still === undefined) await make()
    const uses = await client.send(new iam.GetPolicyCommand({ PolicyArn }))
    const count = (uses.Policy?.AttachmentCount ?? 0) + (uses.Policy?.PermissionsBoundaryUsageCount ?? 0)
    assert.equal(count, still === undefined ? 0 : 1, `round ${round}`)
    if (still !== undefined && round % 2 === 0)
      await client.send(new iam.DetachGroupPolicyCommand({ GroupName: 'bearers', PolicyArn }))
  }
})

test('a group with many members keeps them all under its new name', async () => {
  const names = Array.from({ length: 95 }, (_, n) => `m${String(n).padStart(2, '0')}`)
  await client.send(new iam.CreateGroupCommand({ GroupName: 'many' }))
  await client.send(new iam.CreateGroupCommand({ GroupName: 'taken' }))
  await client.send(new iam.PutGroupPolicyCommand({ GroupName: 'many', PolicyName: 'p', PolicyDocument: POLICY }))
  const made = await client.send(new iam.GetGroupCommand({ GroupName: 'many' }))
  for (const UserName of names) {
    await client.send(new iam.CreateUserCommand({ UserName }))
    await client.send(new iam.AddUserToGroupCommand({ GroupName: 'many', UserName }))
  }
  const rename = (GroupName: string, NewGroupName: string) =>
    client.send(new iam.UpdateGroupCommand({ GroupName, NewGroupName, NewPath: '/moved/' }))
  await assert.rejects(rename('many', 'taken'), { name: 'EntityAlreadyExistsException' })
  for (const [from, to] of [
    ['many', 'renamed'],
    ['renamed', 'Renamed'],
  ] as const) {
    await rename(from, to)
    const { Group, Users = [] } = await client.send(new iam.GetGroupCommand({ GroupName: to, MaxItems: 1000 }))
    assert.deepEqual([Group?.GroupName, Group?.GroupId, Group?.Path], [to, made.Group?.GroupId, '/moved/'])
    assert.deepEqual(
      Users.map(({ UserName }) => UserName),
      names,
    )
    const details = await client.send(new iam.GetAccountAuthorizationDetailsCommand({ Filter: ['User'] }))
    const last = details.UserDetailList?.find(({ UserName }) => UserName === names.at(-1))
    assert.deepEqual(last?.GroupList, [to])
  }
  await assert.rejects(client.send(new iam.GetGroupCommand({ GroupName: 'many' })), { name: 'NoSuchEntityException' })
  await client.send(new iam.GetGroupPolicyCommand({ GroupName: 'Renamed', PolicyName: 'p' }))
})
