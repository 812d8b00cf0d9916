-- A row of names and values in turn, as a table.
local function by_name(row)
  local fields = {}
  for at = 1, #row, 2 do
    fields[row[at]] = row[at + 1]
  end
  return fields
end

-- A group's row of XINFO GROUPS as a table; if there is none, nil and the reply that says why.
local function group_of(stream, name)
  local rows = redis.pcall('XINFO', 'GROUPS', stream)
  if rows.err then
    return nil, string.find(rows.err, 'no such key', 1, true) and {'skipped', 'gone'} or rows
  end
  for _, row in ipairs(rows) do
    if row[2] == name then
      return by_name(row)
    end
  end
  return nil, {'skipped', 'gone'}
end

-- An entry ID as text that sorts as the server sorts IDs: a Lua number would lose digits.
local function sortable(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return string.rep('0', 20 - #ms) .. ms .. string.rep('0', 20 - #seq) .. seq
end
