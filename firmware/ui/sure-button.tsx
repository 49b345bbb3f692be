import { type ReactNode, useState } from "react";

/** A button for what cannot be undone: it takes a second press, and forgets the first when the focus moves on. */
export function SureButton(props: {
	sure: string;
	label?: string;
	disabled?: boolean;
	children: ReactNode;
	onSure: () => void;
}) {
	const [asked, setAsked] = useState(false);
	const press = () => {
		setAsked(!asked);
		if (asked) props.onSure();
	};
	return (
		<button
			type="button"
			className="danger"
			disabled={props.disabled}
			aria-label={props.label && `${asked ? props.sure : props.children} ${props.label}`}
			onClick={press}
			onBlur={() => setAsked(false)}
		>
			{asked ? props.sure : props.children}
		</button>
	);
}
