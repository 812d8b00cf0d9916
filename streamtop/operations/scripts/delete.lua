-- Delete entries, and tell what was in them; with a group, acknowledge them in the same step
-- if they are pending as they were seen.
-- KEYS: stream. ARGV: policy or '', bytes that are answered at most, 'held' or '', then:
-- for 'held': group, and for each entry: ID, consumer, least idle milliseconds;
-- otherwise only the ID of each entry.
local stream, policy, left, pending = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3] == 'held'
local group = pending and ARGV[4] or nil

-- From the reply to a command that deletes or acknowledges: 1, 2 or -1, or why it was refused.
local function code(got)
  if type(got) ~= 'table' then
    return got
  elseif got.err then
    return nil, {'failed', got.err}
  end
  return got[1]
end

local function take(id, there)
  if policy ~= '' and pending then
    return code(redis.pcall('XACKDEL', stream, group, policy, 'IDS', '1', id))
  elseif policy ~= '' then
    return code(redis.pcall('XDELEX', stream, policy, 'IDS', '1', id))
  end
  local deleted, refused = 1, nil
  if there then
    deleted, refused = code(redis.pcall('XDEL', stream, id))
  end
  if not refused and pending then
    redis.call('XACK', stream, group, id)
  end
  return deleted, refused
end

if policy == '' and pending then
  -- Whoever may not acknowledge learns it before anything is deleted.
  redis.call('XACK', stream, group, '0-0')
end
local told = {}
for at = pending and 5 or 4, #ARGV, pending and 3 or 1 do
  local id, why, idle, deliveries = ARGV[at], nil, nil, nil
  if pending then
    why, idle, deliveries = held(stream, group, id, ARGV[at + 1], ARGV[at + 2])
  end
  if not why then
    local found = redis.pcall('XRANGE', stream, id, id)
    if found.err then
      why = {'failed', found.err}
    elseif #found == 0 and not pending then
      why = {'skipped', 'gone'}
    else
      local fields = #found > 0 and found[1][2] or {}
      for _, word in ipairs(fields) do
        left = left - #word
      end
      if left < 0 and #told > 0 then
        break
      end
      local deleted, refused = take(id, #found > 0)
      if refused then
        why = refused
      elseif deleted == 2 and not pending then
        why = {'skipped', 'needed'}
      elseif deleted == 2 and #found > 0 then
        why = {'done', 'acknowledged', {}, idle, deliveries}
      elseif #found == 0 then
        why = {'done', 'absent', {}, idle, deliveries}
      else
        why = {'done', 'deleted', fields, idle, deliveries}
      end
    end
  end
  told[#told + 1] = why
end
return told
