/** A setting in a form. */
export interface Setting {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly fallback: string;
  readonly importance: string;
  readonly documentation: string;
  readonly group: string;
  /** The settings that a setting of a short form sets. */
  readonly sets: readonly string[];
}

/** One setting: its name, documentation and problems. */
export function Field({
  setting,
  value,
  choices,
  problems,
  onChange,
}: {
  readonly setting: Setting;
  readonly value: string | undefined;
  /** Suggested values; others may be typed. */
  readonly choices: readonly string[];
  readonly problems: readonly string[];
  onChange(text: string): void;
}) {
  const id = `setting-${setting.name}`;
  return (
    <div class="field">
      <label for={id}>
        {setting.name}
        {setting.required ? <span class="dim"> needed</span> : null}
      </label>
      {setting.type === 'BOOLEAN' ? (
        <select id={id} value={value ?? ''} onChange={(e) => onChange(e.currentTarget.value)}>
          <option value="">{setting.fallback === '' ? '' : `default: ${setting.fallback}`}</option>
          <option>true</option>
          <option>false</option>
        </select>
      ) : (
        <input
          id={id}
          {...((setting.type === 'PASSWORD' ? { type: 'password' } : {}) as { readonly type?: 'text' })}
          inputMode={/^(?:INT|LONG|SHORT|DOUBLE)$/.test(setting.type) ? 'numeric' : 'text'}
          autocomplete="off"
          {...(choices.length > 0 && { list: `${id}-choices` })}
          spellcheck={false}
          value={value ?? ''}
          placeholder={setting.fallback}
          aria-invalid={problems.length > 0}
          aria-describedby={`${id}-doc`}
          onInput={(e) => onChange(e.currentTarget.value)}
        />
      )}
      {choices.length === 0 ? null : (
        <datalist id={`${id}-choices`}>
          {choices.map((c) => (
            <option key={c} value={c} />
          ))}
        </datalist>
      )}
      <p class="dim" id={`${id}-doc`}>
        {setting.documentation}
      </p>
      {problems.map((p) => (
        <p key={p} class="problem" role="alert">
          {p}
        </p>
      ))}
    </div>
  );
}
